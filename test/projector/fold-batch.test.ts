import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import { hashOf } from "../../src/model/content-hash.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { type BatchItem, bad } from "../../src/projector/decode-batch.ts";
import { foldBatch } from "../../src/projector/fold-batch.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import type { StoredDocument } from "../../src/read-model/read-model.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";

const added = eventTypeOf("Added", [{ name: "total", type: { kind: "long" }, effect: "add" }]);
const noted = eventTypeOf("Noted", [{ name: "note" }], "update");
const aggregate: Aggregate = {
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  projection: "aggregates",
  topic: "t",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
  eventTypes: [added, noted],
};
const catalog: Catalog = { aggregates: [aggregate], commands: [], skipped: [], generation: 1 };
const [writeAdded, writeNoted] = [writerOf(added), writerOf(noted)];

function recordAt(offset: number, key: string): LogRecord {
  return {
    topic: "t",
    partition: 0,
    offset,
    timestamp: offset * 1_000,
    key: Buffer.from(key),
    value: null,
    headers: {},
  };
}

function addedAt(offset: number, key: string, total: number): BatchItem {
  return { kind: "event", record: recordAt(offset, key), key, writer: writeAdded, payload: { total: BigInt(total) } };
}

function notedAt(offset: number, key: string, note: string): BatchItem {
  return { kind: "event", record: recordAt(offset, key), key, writer: writeNoted, payload: { note } };
}

function tombstoneAt(offset: number, key: string): BatchItem {
  return { kind: "tombstone", record: recordAt(offset, key), key };
}

/** A read model that is a map, to which folded batches are applied one after another. */
class Store {
  readonly documents = new Map<string, StoredDocument>();
  readonly parked = new Set<string>();
  readonly setAside: number[] = [];

  apply(items: readonly BatchItem[]): ReturnType<typeof foldBatch> {
    const projection = topicProjections(catalog).get("t");
    if (projection === undefined) throw new TypeError("no projection");
    const stateOf = (_collection: string, key: string) => this.documents.get(key);
    const folded = foldBatch({ projection, partition: 0, items, parked: this.parked, stateOf });
    for (const [key, { after }] of folded.changes.get("ts") ?? []) {
      if (after === undefined) this.documents.delete(key);
      else this.documents.set(key, structuredClone(after));
    }
    for (const key of folded.parked.keys()) this.parked.add(key);
    this.setAside.push(...folded.setAside.map(({ item }) => item.record.offset));
    return folded;
  }
}

describe("folding a batch", () => {
  test("gives the same documents however the log is cut into batches", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      kind: fc.constantFrom("add", "note", "tombstone", "bad"),
      amount: fc.integer({ min: -9, max: 9 }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const items = steps.map(({ key, kind, amount }, offset) => {
          if (kind === "add") return addedAt(offset, key, amount);
          if (kind === "note") return notedAt(offset, key, String(amount));
          if (kind === "tombstone") return tombstoneAt(offset, key);
          return amount > 7 ? bad(recordAt(offset, key), key, "NOT_AVRO", "bytes") : addedAt(offset, key, 1);
        });
        const [whole, cut, single] = [new Store(), new Store(), new Store()];
        whole.apply(items);
        let start = 0;
        for (const [index, { cut: isCut }] of steps.entries()) {
          if (isCut) cut.apply(items.slice(start, index));
          if (isCut) start = index;
        }
        cut.apply(items.slice(start));
        for (const item of items) single.apply([item]);
        for (const other of [cut, single]) {
          expect(other.documents).toEqual(whole.documents);
          expect(other.setAside).toEqual(whole.setAside);
        }
      }),
    );
  });

  test("keeps a hash of the newest event of each key of an owned topic, as it is at the end", () => {
    const owned = { transactions: false, deduplicates: false, decider: undefined, commands: [] };
    const projection = topicProjections({ aggregates: [{ ...aggregate, owned }], generation: 1 }).get("t");
    if (projection === undefined) throw new TypeError("no projection");
    const bytes = [1, 2, 3].map((byte) => Uint8Array.of(0, 0, 0, 0, 1, byte));
    const items = [addedAt(0, "a", 1), notedAt(1, "a", "x"), notedAt(2, "b", "y"), tombstoneAt(3, "b")].map(
      (item, index) => ({ ...item, record: { ...item.record, value: bytes[index] ?? null } }),
    );
    const { changes } = foldBatch({ projection, partition: 0, items, parked: new Set(), stateOf: () => undefined });
    const hash = hashOf("Noted", Uint8Array.of(0, 0, 0, 0, 9, 2));
    expect(changes.get("ts")?.get("a")?.after).toMatchObject({ _meta: { offset: 1, hash } });
    expect(changes.get("ts")?.get("b")?.after).toBeUndefined();
  });

  test("writes what is needed to know where a document comes from", () => {
    const store = new Store();
    store.apply([addedAt(3, "a", 5), notedAt(4, "a", "x")]);
    const meta = { partition: 0, offset: 4, type: "Noted", created: new Date(3_000), updated: new Date(4_000) };
    expect(store.documents.get("a")).toEqual({ _id: "a", total: 5n, note: "x", _meta: meta });
  });

  test("a document that is deleted and made again begins anew", () => {
    const store = new Store();
    store.apply([addedAt(0, "a", 5)]);
    store.apply([tombstoneAt(1, "a"), addedAt(2, "a", 1)]);
    expect(store.documents.get("a")).toMatchObject({ total: 1n, _meta: { created: new Date(2_000) } });
  });

  test("counts updates of what is absent, and changes nothing", () => {
    const folded = new Store().apply([notedAt(0, "a", "x"), tombstoneAt(1, "a")]);
    expect(folded).toMatchObject({ absent: 2, setAside: [] });
    expect(folded.changes.get("ts")?.size).toBe(0);
  });

  test("a bad event parks its key: later ones wait, those of other keys go on", () => {
    const store = new Store();
    const first = store.apply([
      addedAt(0, "a", 1),
      bad(recordAt(1, "a"), "a", "NOT_AVRO", "bytes"),
      addedAt(2, "a", 1),
      addedAt(3, "b", 1),
    ]);
    expect(first.setAside.map(({ item, waiting }) => [item.record.offset, item.code, waiting])).toEqual([
      [1, "NOT_AVRO", false],
      [2, "KEY_PARKED", true],
    ]);
    store.apply([tombstoneAt(4, "a")]);
    expect(store.setAside).toEqual([1, 2, 4]);
    expect(store.documents.get("a")).toMatchObject({ total: 1n });
    expect(store.documents.get("b")).toMatchObject({ total: 1n });
  });

  test("a record with no usable key is set aside and parks nothing", () => {
    const folded = new Store().apply([bad(recordAt(0, "a"), undefined, "KEY_INVALID", "null"), addedAt(1, "a", 1)]);
    expect(folded.setAside).toHaveLength(1);
    expect(folded.parked.size).toBe(0);
  });

  test("an event that can't be combined is a dead letter, and its document stays", () => {
    const store = new Store();
    store.apply([addedAt(0, "a", 1)]);
    const item: BatchItem = {
      kind: "event",
      record: recordAt(1, "a"),
      key: "a",
      writer: writeAdded,
      payload: { total: "x" },
    };
    const folded = store.apply([item, addedAt(2, "a", 1)]);
    expect(folded.setAside.map(({ item: { code } }) => code)).toEqual(["EVENT_INVALID", "KEY_PARKED"]);
    expect(store.documents.get("a")).toMatchObject({ total: 1n, _meta: { offset: 0 } });
  });

  test("a key whose document comes from another partition is never merged", () => {
    const store = new Store();
    const meta = { partition: 7, offset: 0, type: "Added", created: new Date(0), updated: new Date(0) };
    store.documents.set("a", { _id: "a", total: 1n, _meta: meta });
    const folded = store.apply([addedAt(1, "a", 1)]);
    expect(folded.setAside.map(({ item: { code } }) => code)).toEqual(["PARTITION_MISMATCH"]);
    expect(folded.changes.get("ts")?.size).toBe(0);
  });
});
