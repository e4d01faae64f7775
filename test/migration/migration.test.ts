import { describe, expect, it } from "vitest";
import { OUTBOX, decidedCheckpoint, publishedCheckpoint } from "../../src/dataflow/outbox/outbox.ts";
import { planMigration } from "../../src/migration/plan-migration.ts";
import { HEADER, type LogRecord } from "../../src/model/event.ts";
import { INVALIDATIONS, storedInvalidation } from "../../src/projector/invalidations.ts";
import { JOURNALS, storedReach } from "../../src/projector/journal-reach.ts";
import { journalOf } from "../../src/projector/journal.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetter, parkedKey } from "../../src/read-model/dead-letters.ts";
import type { CollectionWrites, StoredDocument } from "../../src/read-model/read-model.ts";
import { SETTLEMENTS, storedSettlement } from "../../src/read-model/settlement/settlements.ts";
import { TwoLogs } from "./two-logs.ts";

const P0 = { topic: "orders", partition: 0 };
const ORDERS = { projection: "aggregates", topic: "orders", collections: ["orders"], journaled: [] };

const inserts = (collection: string, ...documents: readonly StoredDocument[]): CollectionWrites => ({
  collection,
  inserts: documents,
  replacements: [],
  deletions: [],
});

const document = (_id: string, offset: number, partition = 0): StoredDocument => ({
  _id,
  total: 5n,
  _meta: { partition, offset, type: "Ordered", created: new Date(0), updated: new Date(0) },
});

const record = (id: string, offset: number): LogRecord => ({
  topic: P0.topic,
  partition: P0.partition,
  offset,
  timestamp: 0,
  key: Buffer.from(id),
  value: Buffer.from("x"),
  headers: { ce_id: id },
});

const FAULT = { code: "NOT_AVRO", reason: "no" } as const;

describe("moving to a mirror", () => {
  it("sets each checkpoint behind what was applied, in a newer generation, and says how", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 2 });
    await logs.write(logs.log, P0, ["gone", "a", "b", "b", "c"]);
    await logs.write(logs.log, { ...P0, partition: 1 }, ["x", "", "y"]);
    await logs.applied("aggregates", P0, ["a", "b"]);
    await logs.applied("aggregates", { ...P0, partition: 1 }, ["x", ""]);
    // A build of its own, which is further behind.
    await logs.applied("aggregates@12345678", P0, ["a"]);
    const projected = [ORDERS, { ...ORDERS, projection: "aggregates@12345678", collections: ["orders_12345678"] }];
    const dry = await planMigration(logs.migration({ projected }));
    expect(await logs.readModel.checkpoints("aggregates", "orders")).toMatchObject([{ next: 2 }, { next: 2 }]);
    expect(await logs.migrate({ projected })).toEqual(dry);
    expect(dry.checkpoints.map(({ checkpoint, next }) => [checkpoint.partition, checkpoint.next, next])).toEqual(
      expect.arrayContaining([
        [0, 2, 4],
        [1, 2, 2],
        [0, 1, 2],
      ]),
    );
    const [first, second] = await logs.readModel.checkpoints("aggregates", "orders");
    expect(first).toMatchObject({ next: 4, newest: "b", generation: 4 });
    expect(second).toMatchObject({ next: 2, newest: "x", unnamed: 1, generation: 4 });
    expect(await logs.readModel.checkpoints("aggregates@12345678")).toMatchObject([{ next: 2, newest: "a" }]);
    // Once more it finds the same.
    await logs.migrate({ projected });
    expect(await logs.readModel.checkpoints("aggregates", "orders")).toMatchObject([{ next: 4 }, { next: 2 }]);
  });

  it("lowers the versions that events to come would stay below, and no others", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 2 });
    await logs.write(logs.log, P0, ["h"]);
    const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const many = Array.from({ length: 450 }, (_, index) => document(`k${index}`, 1 + (index % 7)));
    const kept = [document("low", 0), document("elsewhere", 7, 1)];
    await logs.applied("aggregates", P0, ids, [inserts("orders", ...many, ...kept)]);
    await logs.migrate({ projected: [ORDERS] });
    const stored = await logs.readModel.find("orders", { filter: {} });
    const versions = new Map(stored.map(({ _id, _meta }) => [_id, _meta]));
    expect(versions.get("elsewhere")).toMatchObject({ offset: 7 });
    expect(stored.filter(({ _id }) => _id !== "elsewhere").map(({ _meta }) => _meta)).toEqual(
      Array.from({ length: 451 }, () => expect.objectContaining({ offset: 0, partition: 0, type: "Ordered" })),
    );
    expect(stored[0]).toMatchObject({ total: 5n });
  });

  it.each([
    ["the mirror is behind", ["a"], ["a", "b"], "NOT_MIRRORED", /newest record.*ce_id b.*wait/],
    ["what follows isn't there", ["a", ""], ["a", "", ""], "NOT_MIRRORED", /behind the record ce_id a/],
    ["nothing has an id", ["", ""], ["", ""], "LOG_CHANGED", /no record.*ce_id.*idHeader.*--same-offsets/],
  ])("refuses, and moves nothing, where %s", async (_why, mirrored, applied, code, message) => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1, others: 1 });
    await logs.write(logs.log, P0, mirrored);
    await logs.write(logs.log, { topic: "others", partition: 0 }, ["z", "o"]);
    await logs.applied("aggregates", P0, applied);
    await logs.applied("aggregates", { topic: "others", partition: 0 }, ["o"]);
    const projected = [ORDERS, { ...ORDERS, topic: "others", collections: [] }];
    const error: unknown = await logs.migrate({ projected }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error).toMatchObject({ message: expect.stringContaining("aggregates/orders/0") });
    expect(await logs.readModel.checkpoints("aggregates", "others")).toMatchObject([{ next: 1, generation: 3 }]);
  });

  it("refuses other counts of partitions, and missing topics, all at once", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 2, others: 1 }, logs.old);
    await logs.topics({ orders: 3 }, logs.log);
    await logs.applied("aggregates", P0, ["a"]);
    await logs.applied("aggregates", { topic: "others", partition: 0 }, ["o"]);
    const projected = [ORDERS, { ...ORDERS, topic: "others", collections: [] }];
    const error: unknown = await logs.migrate({ projected }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "PARTITION_MISMATCH", message: expect.stringContaining("has 3") });
    expect(error).toMatchObject({ message: expect.stringContaining("TOPIC_NOT_FOUND others") });
  });

  it("needs no ids where offsets are the same, or where the old log tells them", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1 });
    await logs.write(logs.old, P0, ["a", "b", "c"]);
    await logs.write(logs.log, P0, ["gone", "a", "b", "c"]);
    const { newest, ...unnamed } = await logs.applied("aggregates", P0, ["a", "b"]);
    await logs.readModel.commit({ checkpoint: { ...unnamed, next: 2 }, from: 2, writes: [] });
    await expect(logs.migrate({ projected: [ORDERS] })).rejects.toMatchObject({ code: "LOG_CHANGED" });
    const same = await planMigration(logs.migration({ projected: [ORDERS] }, { sameOffsets: true }));
    expect([newest, same.problems, same.checkpoints[0]?.next]).toEqual(["b", [], 2]);
    await logs.migrate({ projected: [ORDERS] }, { old: logs.old });
    expect(await logs.readModel.checkpoints("aggregates")).toMatchObject([{ next: 3 }]);
  });

  it("takes dead letters, parked keys and settlements along, by the ids of their events", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1 });
    await logs.write(logs.log, P0, ["b", "c", "d"]);
    const letters = [
      deadLetter("aggregates", record("b", 1), FAULT, false),
      deadLetter("aggregates", record("c", 2), FAULT, true),
    ];
    const settled = [
      storedSettlement("aggregates", record("d", 3), { kind: "skip" }, { request: "r", at: new Date(0) }),
      storedSettlement("aggregates", record("gone", 4), { kind: "skip" }, { request: "r", at: new Date(0) }),
    ];
    await logs.applied(
      "aggregates",
      P0,
      ["a", "b", "c", "x", "gone", "d"],
      [
        inserts(DEAD_LETTERS, ...letters),
        inserts(PARKED_KEYS, parkedKey("aggregates", "b", record("b", 1), FAULT)),
        inserts(SETTLEMENTS, ...settled),
      ],
    );
    await logs.migrate({ projected: [ORDERS] });
    const stored = async (collection: string): Promise<unknown> =>
      (await logs.readModel.find(collection, { filter: {}, sort: { _id: 1 } })).map(({ _id, offset }) => [_id, offset]);
    expect(await stored(DEAD_LETTERS)).toEqual([
      ["aggregates/orders/0/0", 0],
      ["aggregates/orders/0/1", 1],
    ]);
    expect(await stored(PARKED_KEYS)).toEqual([["aggregates/orders/0/b", 0]]);
    // What was settled of an event that isn't there would hold for another one.
    expect(await stored(SETTLEMENTS)).toEqual([["aggregates/orders/0/2", 2]]);
  });

  it("refuses to leave a dead letter behind whose offset another event will have", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1 });
    await logs.write(logs.log, P0, ["d"]);
    const letter = deadLetter("aggregates", record("b", 1), FAULT, false);
    await logs.applied("aggregates", P0, ["a", "b", "c", "d"], [inserts(DEAD_LETTERS, letter)]);
    await expect(logs.migrate({ projected: [ORDERS] })).rejects.toMatchObject({
      code: "NOT_MIRRORED",
      message: expect.stringMatching(/dead letter of offset 1/),
    });
  });

  it("keeps journals where offsets grow, and gives them up where they get lower only when it is told to", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 2 });
    const P1 = { ...P0, partition: 1 };
    await logs.write(logs.log, P0, ["0", "1", "2", "a"]);
    await logs.write(logs.log, P1, ["c"]);
    const entry = (of: typeof P0, offset: number): StoredDocument => ({
      _id: `${of.partition}/${offset}`,
      ...of,
      offset,
    });
    const invalid = storedInvalidation(
      record("b", 1),
      { transaction: 1, reason: "", keys: [] },
      { done: 0, parking: [], repeated: false, pending: false },
    );
    await logs.applied(
      "aggregates",
      P0,
      ["a"],
      [inserts(JOURNALS, storedReach("orders", P0, { since: 0, next: 1 })), inserts(journalOf("orders"), entry(P0, 0))],
    );
    await logs.applied(
      "aggregates",
      P1,
      ["a", "b", "c"],
      [
        inserts(JOURNALS, storedReach("orders", P1, { since: 0, next: 3 })),
        inserts(journalOf("orders"), entry(P1, 0), entry(P1, 2)),
        inserts(INVALIDATIONS, { ...invalid, partition: 1 }),
      ],
    );
    const projected = [{ ...ORDERS, journaled: ["orders"] }];
    const error: unknown = await logs.migrate({ projected }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "HISTORY_GONE", message: expect.stringContaining("--drop-history") });
    expect(error).toMatchObject({ message: expect.stringContaining("transactions that became invalid") });
    await logs.migrate({ projected }, { dropsHistory: true });
    expect(await logs.readModel.find(JOURNALS, { filter: {} })).toMatchObject([{ partition: 0, since: 0, next: 4 }]);
    expect(await logs.readModel.find(journalOf("orders"), { filter: {} })).toMatchObject([{ partition: 0 }]);
    expect(await logs.readModel.find(INVALIDATIONS, { filter: {} })).toEqual([]);
  });
});

describe("moving what the log keeps positions of", () => {
  const OWNED = { topic: "orders", transactions: false };
  const COMMANDS = { topic: "orders.commands", partition: 0 };
  const OUTCOMES = { topic: "orders.outcomes", partition: 0 };

  async function owned(): Promise<TwoLogs> {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1, "orders.commands": 1, "orders.outcomes": 1 });
    await logs.write(logs.log, P0, ["e"]);
    await logs.applied("aggregates", P0, ["e"]);
    return logs;
  }

  it("goes on behind the last command that is known to be decided", async () => {
    const logs = await owned();
    await logs.write(logs.log, COMMANDS, ["c1", "c2", "c3", "c3", "c4", "c5"]);
    // The outcome of one is mirrored, that of another isn't, but its event is; of a third the read model knows.
    await logs.write(logs.log, OUTCOMES, ["c1"]);
    await logs.write(logs.log, P0, ["later"], { [HEADER.command]: "c2" });
    const inventory = { projected: [ORDERS], owned: [OWNED] };
    const before = await planMigration(logs.migration(inventory));
    expect(before.owners).toMatchObject([{ ...COMMANDS, next: 2 }]);
    const outcome = { _id: "orders/c3", commandId: "c3" };
    await logs.applied("outcomes", OUTCOMES, ["c1"], [inserts("eventql_outcomes", outcome)]);
    await logs.migrate(inventory);
    expect(await logs.log.committed("processor", COMMANDS.topic)).toEqual([4]);
    // They are stored by their ids: what is read again is known.
    expect(await logs.readModel.checkpoints("outcomes")).toMatchObject([{ next: 0, generation: 3 }]);
  });

  it("asks the old log where it can, and refuses where nothing tells", async () => {
    const logs = await owned();
    await logs.write(logs.old, COMMANDS, ["c1", "c2", "c3"]);
    await logs.write(logs.log, COMMANDS, ["gone", "c1", "c2", "c3"]);
    const inventory = { projected: [ORDERS], owned: [OWNED] };
    await expect(logs.migrate(inventory)).rejects.toMatchObject({
      code: "HISTORY_GONE",
      message: expect.stringContaining("--from"),
    });
    const owner = await logs.old.takeOver({ name: "processor", input: COMMANDS });
    await owner.commit({ records: [], next: 2 });
    await logs.migrate(inventory, { old: logs.old });
    expect(await logs.log.committed("processor", COMMANDS.topic)).toEqual([3]);
  });

  it("refuses transactions whose ids would be given again", async () => {
    const logs = await owned();
    await logs.write(logs.log, COMMANDS, ["c1"]);
    await logs.write(logs.log, P0, ["t"], { [HEADER.command]: "c1", [HEADER.transaction]: "7" });
    await expect(
      logs.migrate({ projected: [ORDERS], owned: [{ ...OWNED, transactions: true }] }),
    ).rejects.toMatchObject({ code: "TOPIC_UNSUITABLE", message: expect.stringContaining("transaction 7") });
  });

  it("sets streams behind what they took, with their dead letters, and sees that what they wrote is there", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1, big: 1 });
    await logs.write(logs.old, P0, ["a", "b", "", "c"]);
    await logs.write(logs.log, P0, ["gone", "a", "b", "", "c"]);
    await logs.write(logs.old, { topic: "big", partition: 0 }, ["o1", "o2"]);
    await logs.write(logs.log, { topic: "big", partition: 0 }, ["o1"]);
    const owner = await logs.old.takeOver({ name: "s-big", input: P0 });
    await owner.commit({ records: [], next: 3 });
    await logs.applied(
      "big",
      P0,
      [],
      [
        inserts(DEAD_LETTERS, deadLetter("big", record("b", 1), FAULT, false)),
        inserts(PARKED_KEYS, parkedKey("big", "b", record("b", 1), FAULT)),
      ],
    );
    const inventory = { inputs: [{ name: "s-big", topic: "orders", stream: "big" }], targets: ["big"] };
    await expect(logs.migrate(inventory)).rejects.toMatchObject({
      code: "LOG_CHANGED",
      message: expect.stringContaining("--from"),
    });
    const behind: unknown = await logs.migrate(inventory, { old: logs.old }).catch((caught: unknown) => caught);
    expect(behind).toMatchObject({ code: "NOT_MIRRORED", message: expect.stringContaining("ce_id o2") });
    await logs.write(logs.log, { topic: "big", partition: 0 }, ["o2"]);
    await logs.migrate(inventory, { old: logs.old });
    expect(await logs.log.committed("s-big", "orders")).toEqual([4]);
    expect(await logs.readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([
      { _id: "big/orders/0/2", offset: 2 },
    ]);
    expect(await logs.readModel.find(PARKED_KEYS, { filter: {} })).toMatchObject([{ offset: 2 }]);
    // Whoever still works on the old log is fenced off.
    expect(await logs.readModel.checkpoints("big")).toMatchObject([{ generation: 4 }]);
  });

  it("keeps outputs that wait to be published, in their order, and those alone", async () => {
    const logs = await TwoLogs.open();
    await logs.topics({ orders: 1 });
    await logs.write(logs.log, P0, ["c", "d", "e", "f"]);
    const rows = [2, 3, 5].flatMap((next) =>
      [0, 1].map((part) => ({ _id: `Totals/orders/0/${next}/${part}`, projection: "Totals", ...P0, next, part })),
    );
    await logs.applied("Totals", P0, ["a", "b", "c", "d", "e"], [inserts(OUTBOX, ...rows)]);
    await logs.applied(decidedCheckpoint("Totals"), P0, ["a", "b", "c", "d", "e"]);
    await logs.applied(publishedCheckpoint("Totals"), P0, ["a"]);
    const emitting = [{ projection: "Totals", topic: "orders", owner: "s-Totals" }];
    const inventory = { projected: [{ ...ORDERS, projection: "Totals" }], emitting };
    await expect(logs.migrate(inventory)).rejects.toMatchObject({ code: "LOG_CHANGED" });
    const owner = await logs.old.takeOver({ name: "s-Totals", input: P0 });
    await owner.commit({ records: [], next: 2 });
    await logs.migrate(inventory, { old: logs.old });
    expect(await logs.readModel.checkpoints(decidedCheckpoint("Totals"))).toMatchObject([{ next: 3 }]);
    expect(await logs.readModel.checkpoints(publishedCheckpoint("Totals"))).toMatchObject([{ next: 1 }]);
    expect(await logs.log.committed("s-Totals", "orders")).toEqual([1]);
    const stored = await logs.readModel.find(OUTBOX, { filter: {}, sort: { next: 1, part: 1 } });
    expect(stored.map(({ _id, next }) => [_id, next])).toEqual([
      ["Totals/orders/0/2/0", 2],
      ["Totals/orders/0/2/1", 2],
      ["Totals/orders/0/3/0", 3],
      ["Totals/orders/0/3/1", 3],
    ]);
  });
});
