import { describe, expect, test } from "vitest";
import type { Aggregate } from "../../src/catalog/types.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { transactionsOf } from "../../src/projector/chunks.ts";
import type { BatchItem } from "../../src/projector/decode-batch.ts";
import { foldBatch } from "../../src/projector/fold-batch.ts";
import { journalCollections, journalEntry, readJournalEntry } from "../../src/projector/journal.ts";
import type { JournalReach } from "../../src/projector/journal-reach.ts";
import { JournalWriter } from "../../src/projector/journal-writer.ts";
import { keysByCollection } from "../../src/projector/keys-by-collection.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import type { StoredDocument } from "../../src/read-model/read-model.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";

const set = eventTypeOf("Set", [{ name: "name" }]);
const seen = eventTypeOf("Seen", [], "ignore");
const changed = eventTypeOf("Changed", [{ name: "name" }], "update");
const foreign = eventTypeOf("Foreign", [{ name: "name" }]);

function aggregate(name: string, parts: Partial<Aggregate>): Aggregate {
  const names = { name, singular: name, plural: name, collection: name, projection: "aggregates", topic: "t" };
  return {
    ...names,
    doc: undefined,
    previous: false,
    history: undefined,
    columns: [],
    indexes: [],
    eventTypes: [],
    ...parts,
  };
}

const kept = aggregate("kept", { history: { ttlMs: undefined }, eventTypes: [set, seen, changed] });
const other = aggregate("other", { eventTypes: [foreign] });

function recordAt(offset: number, value: Uint8Array | null = Buffer.from("x")): LogRecord {
  const place = { topic: "t", partition: 3, offset, timestamp: 1_000 + offset };
  return { ...place, key: Buffer.from("a"), value, headers: { "a.b": "1", $c: "2" } };
}

function item(offset: number, type: typeof set | undefined): BatchItem {
  if (type === undefined) return { kind: "tombstone", record: recordAt(offset, null), key: "a" };
  return { kind: "event", record: recordAt(offset), key: "a", writer: writerOf(type), payload: { name: "n" } };
}

function fold(items: readonly BatchItem[], journals = true): ReturnType<typeof foldBatch> {
  const projection = topicProjections({ aggregates: [kept, other], generation: 1 }, { journals }).get("t");
  if (projection === undefined) throw new TypeError("no projection");
  return foldBatch({ projection, partition: 3, items, parked: new Set(), stateOf: () => undefined });
}

describe("what is kept of a batch", () => {
  test("is each event of the aggregate, with the offset of the last one that changed its document", () => {
    const events = [
      item(1, changed),
      item(2, set),
      item(3, seen),
      item(4, foreign),
      item(5, changed),
      item(6, undefined),
    ];
    const batch = fold([...events, item(7, set)]);
    expect(batch.kept.map(({ collection, item: of, previous }) => [collection, of.record.offset, previous])).toEqual([
      ["kept", 1, undefined],
      ["kept", 2, undefined],
      ["kept", 3, 2],
      ["kept", 5, 2],
      ["kept", 6, 5],
      ["kept", 7, undefined],
    ]);
  });

  test("is nothing of what is set aside, and nothing at all without the hint or where the log is the journal", () => {
    const bad: BatchItem = { kind: "bad", record: recordAt(2), key: "a", code: "NOT_AVRO", reason: "no" };
    expect(fold([item(1, set), bad, item(3, set)]).kept.map(({ item: of }) => of.record.offset)).toEqual([1]);
    expect(fold([item(1, foreign)]).kept).toEqual([]);
    expect(fold([item(1, set), item(2, seen), item(3, undefined)], false).kept).toEqual([]);
  });

  test("needs the documents of events that change nothing, too", () => {
    const keysOf = (journals: boolean): readonly unknown[] => {
      const projection = topicProjections({ aggregates: [kept], generation: 1 }, { journals }).get("t");
      return projection === undefined ? [] : [...(keysByCollection(projection, [item(1, seen)]).get("kept") ?? [])];
    };
    expect([keysOf(true), keysOf(false)]).toEqual([["a"], []]);
  });

  test("is committed in bounded transactions", () => {
    const items = Array.from({ length: 25_000 }, (_, index) => item(index * 2, set));
    expect(transactionsOf(items, 60_000, true).map((chunk) => [chunk.items.length, chunk.next])).toEqual([
      [10_000, 20_000],
      [10_000, 40_000],
      [5_000, 60_000],
    ]);
    expect(transactionsOf(items, 60_000, false)).toHaveLength(1);
  });
});

describe("an entry", () => {
  test.each([set, undefined])("is read back as the record that it was", (type) => {
    const [event] = fold([item(2, set), item(8, type)]).kept.slice(1);
    if (event === undefined) throw new TypeError("nothing was kept");
    const stored = journalEntry(event);
    expect(stored).toMatchObject({ _id: "t/3/8", key: "a", type: type?.fullName ?? null });
    expect(readJournalEntry(stored)).toEqual({
      record: recordAt(8, type === undefined ? null : undefined),
      previous: 2,
    });
  });

  test("that isn't one is not taken for one", () => {
    const [event] = fold([item(2, set)]).kept;
    const stored = event === undefined ? { _id: "" } : journalEntry(event);
    for (const field of ["key", "topic", "partition", "offset", "timestamp"])
      expect(readJournalEntry({ ...stored, [field]: null })).toBeUndefined();
    expect(readJournalEntry({ ...stored, value: "text" })).toBeUndefined();
    expect(readJournalEntry({ ...stored, headers: "none" })?.record.headers).toEqual({});
  });
});

describe("the collections", () => {
  test("are those of the aggregates that keep their history, each with its expiry", () => {
    expect(journalCollections([other])).toEqual([]);
    const index = { key: 1, partition: 1, offset: 1 };
    const days = aggregate("days", { history: { ttlMs: 86_400_000 } });
    expect(journalCollections([kept, other, days])).toEqual([
      { name: "eventql_journals" },
      { name: "eventql_journal_kept", indexes: [index], expire: "never" },
      { name: "eventql_journal_days", indexes: [index], expire: { field: "timestamp", afterMs: 86_400_000 } },
    ]);
  });
});

describe("the writer of a journal", () => {
  const of = { topic: "t", partition: 3 };
  const open = (next: number, stored?: JournalReach): JournalWriter =>
    new JournalWriter({ of, collections: ["kept"], next }, new Map(stored === undefined ? [] : [["kept", stored]]));
  const written = (writer: JournalWriter, next: number, ...offsets: readonly number[]): unknown => {
    const [entries, reach] = writer.writes(fold(offsets.map((offset) => item(offset, set))).kept, next);
    const reachOf = ({ since, next: end }: StoredDocument): readonly unknown[] => [since, end];
    return {
      entries: entries?.inserts.map(({ offset }) => offset),
      inserted: reach?.inserts.map(reachOf),
      replaced: reach?.replacements.map(reachOf),
    };
  };

  test("says from where on nothing is missing, and moves that with each batch", () => {
    const writer = open(5);
    expect(written(writer, 9, 6, 8)).toEqual({ entries: [6, 8], inserted: [[5, 9]], replaced: [] });
    // It was not committed: the same again.
    expect(written(writer, 9, 6, 8)).toEqual({ entries: [6, 8], inserted: [[5, 9]], replaced: [] });
    writer.committed(9);
    expect(written(writer, 12)).toEqual({ entries: [], inserted: [], replaced: [[5, 12]] });
  });

  test("goes on where the journal ends where the projection stands", () => {
    expect(written(open(9, { since: 2, next: 9 }), 12, 10)).toEqual({
      entries: [10],
      inserted: [],
      replaced: [[2, 12]],
    });
  });

  test("begins anew where something is missing between", () => {
    expect(written(open(9, { since: 2, next: 8 }), 12, 10)).toEqual({
      entries: [10],
      inserted: [],
      replaced: [[9, 12]],
    });
  });

  test("writes nothing twice where the projection was set back", () => {
    const writer = open(0, { since: 0, next: 9 });
    expect(written(writer, 7, 3, 6)).toEqual({ entries: [], inserted: [], replaced: [] });
    writer.committed(7);
    expect(written(writer, 12, 8, 10)).toEqual({ entries: [10], inserted: [], replaced: [[0, 12]] });
  });

  test("writes nothing where nothing is kept", () => {
    expect(new JournalWriter({ of, collections: [], next: 0 }, new Map()).writes([], 1)).toEqual([]);
  });
});
