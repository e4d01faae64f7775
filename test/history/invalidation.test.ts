import { afterEach, describe, expect, test } from "vitest";
import { INVALIDATION_TYPE } from "../../src/catalog/invalidation-event.ts";
import { HEADER } from "../../src/model/event.ts";
import { DEAD_LETTERS, PARKED_KEYS } from "../../src/read-model/dead-letters.ts";
import { INVALIDATIONS } from "../../src/projector/invalidations.ts";
import { type TestEvent, World } from "./world.ts";

let world: World;

afterEach(async () => {
  await world.close();
});

const named = (key: string, name: string, transaction?: number): TestEvent => ({
  key,
  type: "Named",
  payload: { name },
  transaction,
});

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe.each(["journal", "log"] as const)("a transaction that becomes invalid, by the %s,", (by) => {
  test("takes its events out of the documents, which count the record as their newest event", async () => {
    world = await World.open({ ttlMs: undefined }, by);
    await world.restart();
    await world.apply([named("a", "first"), named("a", "wrong", 5), named("b", "wrong", 5), { invalidates: 5 }]);
    expect(await world.stored("a")).toEqual({
      _id: "a",
      name: "first",
      note: null,
      _meta: { partition: 0, offset: 3, type: INVALIDATION_TYPE, created: new Date(0), updated: new Date(3_000) },
    });
    expect(await world.stored("b")).toBeUndefined();
    expect(await world.readModel.find(INVALIDATIONS, { filter: {} })).toEqual([
      {
        _id: "t/0/3",
        projection: "aggregates",
        topic: "t",
        partition: 0,
        offset: 3,
        transaction: 5,
        keys: ["a", "b"],
        reason: "wrong",
        at: new Date(3_000),
        done: 2,
        parking: [],
        pending: false,
        repeated: false,
      },
    ]);
    await world.apply([named("a", "later")]);
    expect(await world.stored("a")).toMatchObject({ name: "later", _meta: { offset: 4, created: new Date(0) } });
  });

  test("is shown in the history, marked; and that it becomes so once more is recorded, and changes nothing", async () => {
    world = await World.open({ ttlMs: undefined }, by);
    await world.restart();
    await world.apply([named("a", "first"), named("a", "wrong", 5), { invalidates: 5 }, { invalidates: 5 }]);
    const page = { after: undefined, before: undefined, limit: 10, newest: false };
    const { events } = await world.history(by).events({ ...world.of("a"), ...page });
    expect(events.map(({ record, invalidated }) => [record.offset, invalidated])).toEqual([
      [0, undefined],
      [1, { reason: "wrong", at: new Date(2_000), offset: 2 }],
    ]);
    expect(await world.stored("a")).toMatchObject({ name: "first", _meta: { offset: 2 } });
    const recorded = await world.readModel.find(INVALIDATIONS, { filter: {}, sort: { offset: 1 } });
    expect(recorded).toMatchObject([{ repeated: false }, { repeated: true, offset: 3 }]);
  });

  test("frees the keys that its events parked, and applies what waited; one of that may park the key again", async () => {
    world = await World.open({ ttlMs: undefined }, by);
    await world.restart();
    const bad = (transaction?: number): TestEvent => ({ key: "a", type: "Unknown", transaction });
    await world.apply([
      named("a", "first"),
      bad(5),
      named("a", "waited"),
      bad(),
      named("a", "waits"),
      { invalidates: 5 },
    ]);
    expect(await world.stored("a")).toMatchObject({ name: "waited", _meta: { offset: 5 } });
    expect(await world.readModel.find(PARKED_KEYS, { filter: {} })).toMatchObject([{ key: "a", offset: 3 }]);
    const letters = await world.readModel.find(DEAD_LETTERS, { filter: {}, sort: { offset: 1 } });
    expect(letters).toMatchObject([
      { offset: 3, code: "NOT_AVRO", waiting: false },
      { offset: 4, code: "KEY_PARKED", waiting: true },
    ]);
    expect(await world.at(by, "a", { offset: 4 })).toMatchObject({ name: "first", _meta: { offset: 0 } });
  });
});

describe("keys that can't be folded again", () => {
  test("are parked, each with a dead letter that says why, keep their documents, and stop nothing else", async () => {
    world = await World.open({ ttlMs: 1_000_000 }, "journal");
    await world.restart();
    const timestamp = Date.now();
    await world.apply([
      { ...named("a", "wrong", 5), timestamp },
      { ...named("b", "wrong", 5), timestamp },
      { invalidates: 5, timestamp },
      { ...named("a", "waits"), timestamp },
      { ...named("c", "fine"), timestamp },
    ]);
    expect(await world.stored("a")).toMatchObject({ name: "wrong", _meta: { offset: 0 } });
    expect(await world.stored("c")).toMatchObject({ name: "fine" });
    const letters = await world.readModel.find(DEAD_LETTERS, { filter: {}, sort: { _id: 1 } });
    expect(letters).toMatchObject([
      { _id: "aggregates/t/0/2/a", key: bytes("a"), code: "HISTORY_GONE", waiting: false },
      { _id: "aggregates/t/0/2/b", key: bytes("b"), code: "HISTORY_GONE", waiting: false },
      { offset: 3, waiting: true },
    ]);
    expect(letters[0]?.["reason"]).toBe(
      "It can't be folded again without the events of transaction 5: Not all events of this T are kept since its first one.",
    );
    expect(await world.at("journal", "a", { offset: 3 })).toMatchObject({ name: "wrong" });
  });

  test("stop the partition where there are too many", async () => {
    world = await World.open({ ttlMs: 1_000_000 }, "journal");
    await world.restart();
    const keys = Array.from({ length: 101 }, (_, index) => `key-${index}`);
    await world.apply(keys.map((key) => named(key, "wrong", 5)));
    world.append([{ invalidates: 5 }]);
    const projector = await world.restart();
    const applying = projector.apply(world.batch(101, 102)).catch(() => {});
    await expect.poll(() => projector.status().halted?.code).toBe("TOO_MANY_PARKED");
    projector.stop();
    await applying;
  });
});

test("a record that only says it is one is a dead letter", async () => {
  world = await World.open(undefined);
  await world.restart();
  world.append([named("a", "first"), { invalidates: 5 }]);
  const [, record] = world.records;
  if (record === undefined) throw new TypeError("no record");
  world.records[1] = {
    ...record,
    value: Buffer.from([0, 0, 0, 0, 1, 9]),
    headers: { [HEADER.type]: INVALIDATION_TYPE },
  };
  await (await world.restart()).apply(world.batch(0, 2));
  expect(await world.readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ offset: 1, code: "KEY_INVALID" }]);
});
