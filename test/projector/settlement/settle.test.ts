import { afterEach, describe, expect, test } from "vitest";
import { HEADER } from "../../../src/model/event.ts";
import { SETTLEMENTS } from "../../../src/read-model/settlement/settlements.ts";
import { type TestEvent, World } from "../../history/world.ts";
import { ask, bytesOf, headsOf, outcomeOf, setAsideIn } from "./settled-world.ts";

let world: World;

afterEach(async () => {
  await world.close();
});

const named = (key: string, name: string): TestEvent => ({ key, type: "Named", payload: { name } });
const bad = (key: string, type = "Unknown"): TestEvent => ({ key, type, payload: { name: "late" } });

const opened = async (events: readonly TestEvent[]): Promise<World> => {
  world = await World.open({ ttlMs: undefined });
  await world.restart();
  await world.apply(events);
  return world;
};

const settleFirst = async (
  action: "retry" | "skip" | "fix",
  value?: Uint8Array,
  id = `${action}-${world.records.length}`,
): Promise<unknown> => {
  const [head] = await headsOf(world);
  if (head === undefined) throw new TypeError("no dead letter");
  await ask(world, head, action, { id, value });
  await world.settle();
  return await outcomeOf(world, id);
};

describe("a dead letter", () => {
  test("is applied again with what waited behind it, once it can be", async () => {
    await opened([
      named("a", "first"),
      bad("a", "Late"),
      named("b", "other"),
      { key: "a", type: "Added", payload: { total: 2 } },
    ]);
    expect(await settleFirst("retry")).toMatchObject({ status: "FAILED", applied: 0, waiting: 1, code: "NOT_AVRO" });
    expect(await setAsideIn(world)).toEqual([2, ["a"]]);
    world.codec.knowsLate = true;
    expect(await settleFirst("retry", undefined, "again")).toEqual({ status: "SETTLED", applied: 2, waiting: 0 });
    expect(await setAsideIn(world)).toEqual([0, []]);
    expect(await world.stored("a")).toMatchObject({ name: "late", total: 2n, _meta: { offset: 3 } });
    await world.apply([named("a", "behind")]);
    expect(await world.stored("a")).toMatchObject({ name: "behind", total: 2n, _meta: { offset: 4 } });
  });

  test("is left out, and the event that then fails is the next one", async () => {
    await opened([bad("a"), named("a", "second"), bad("a"), named("a", "fourth")]);
    const [next] = [`aggregates/t/0/2`];
    expect(await settleFirst("skip")).toMatchObject({
      status: "PARKED",
      applied: 1,
      waiting: 1,
      letter: next,
      code: "NOT_AVRO",
    });
    expect(await world.stored("a")).toMatchObject({ name: "second" });
    expect(await setAsideIn(world)).toEqual([2, ["a"]]);
    expect(await settleFirst("skip", undefined, "second")).toEqual({ status: "SETTLED", applied: 1, waiting: 0 });
    expect(await world.stored("a")).toMatchObject({ name: "fourth", _meta: { offset: 3 } });
  });

  test("takes other bytes, which histories and a projection that begins anew have in its place", async () => {
    await opened([named("a", "first"), bad("a"), bad("b"), { key: "a", type: "Added", payload: { total: 1 } }]);
    expect(await settleFirst("fix", bytesOf("Unknown"))).toMatchObject({ status: "FAILED", code: "NOT_AVRO" });
    expect(await settleFirst("fix", bytesOf("Named", { name: "fixed" }), "better")).toMatchObject({
      status: "SETTLED",
    });
    expect(await settleFirst("skip", undefined, "other")).toEqual({ status: "SETTLED", applied: 0, waiting: 0 });
    const settled = await world.stored("a");
    expect(settled).toMatchObject({ name: "fixed", total: 1n });
    for (const by of ["journal", "log"] as const) {
      expect(await world.at(by, "a", { offset: 2 })).toMatchObject({ name: "fixed", _meta: { offset: 1 } });
      const { events } = await world
        .history(by)
        .events({ ...world.of("a"), after: undefined, before: undefined, limit: 9, newest: false });
      expect(events.map(({ record }) => record.offset)).toEqual([0, 1, 3]);
      expect(events[1]?.event?.payload).toMatchObject({ name: "fixed" });
    }
    await world.begin();
    for (let at = 0; at < world.records.length; at += 1)
      await world.restart().then(async (own) => await own.apply(world.batch(at, at + 1)));
    expect(await world.stored("a")).toEqual(settled);
    expect(await setAsideIn(world)).toEqual([0, []]);
  });

  test("is refused what can't be done, with what to do instead", async () => {
    await opened([bad("a"), named("a", "second")]);
    world.append([named("x", "keyless")]);
    const last = world.records.at(-1);
    if (last !== undefined) world.records.splice(2, 1, { ...last, key: null });
    await (await world.restart()).apply(world.batch(2, 3));
    const [head, keyless] = await headsOf(world);
    if (head === undefined || keyless === undefined) throw new TypeError("no dead letters");
    const behind = { ...head, id: "aggregates/t/0/1" };
    const gone = { ...head, id: "aggregates/t/0/77" };
    for (const [id, letter, action] of [
      ["1", behind, "skip"],
      ["2", gone, "retry"],
      ["3", keyless, "fix"],
      ["4", keyless, "retry"],
    ] as const)
      await ask(world, letter, action, { id, value: action === "fix" ? bytesOf("Named") : undefined });
    await world.settle();
    expect(await outcomeOf(world, "1")).toMatchObject({
      status: "REFUSED",
      code: "KEY_PARKED",
      reason: expect.stringContaining(head.id),
    });
    expect(await outcomeOf(world, "2")).toMatchObject({ status: "REFUSED", code: "DEAD_LETTER_NOT_FOUND" });
    expect(await outcomeOf(world, "3")).toMatchObject({ status: "REFUSED", code: "KEY_INVALID" });
    expect(await outcomeOf(world, "4")).toMatchObject({ status: "FAILED", code: "KEY_INVALID" });
    expect(await setAsideIn(world)).toEqual([3, ["a"]]);
    await ask(world, keyless, "skip", { id: "5" });
    await world.settle();
    expect(await setAsideIn(world)).toEqual([2, ["a"]]);
  });

  test("is settled once by a request that comes twice, and by one of two owners", async () => {
    await opened([bad("a"), named("a", "second")]);
    const rival = await world.rival();
    const [head] = await headsOf(world);
    if (head === undefined) throw new TypeError("no dead letter");
    for (const _ of [1, 2]) await ask(world, head, "skip", { id: "one" });
    await expect(ask(world, head, "retry", { id: "one" })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await world.settle();
    expect(await outcomeOf(world, "one")).toEqual({ status: "SETTLED", applied: 1, waiting: 0 });
    // The rival knows the key as parked: it has to see that it isn't, before it writes.
    world.append([named("a", "third")]);
    expect(await rival.apply(world.batch(2, 3))).toBe(2);
    expect(await rival.apply(world.batch(2, 3))).toBe(3);
    expect(await world.stored("a")).toMatchObject({ name: "third" });
    expect(await setAsideIn(world)).toEqual([0, []]);
    rival.stop();
  });

  test("that another build has too is settled there as it was here", async () => {
    await opened([bad("a"), named("a", "second"), bad("b")]);
    // As two builds would have it: the letters are there, and what was decided about them.
    await settleFirst("skip");
    await settleFirst("fix", bytesOf("Named", { name: "fixed" }), "b");
    const settled = [await world.stored("a"), await world.stored("b")];
    const kept = await world.readModel.find(SETTLEMENTS, { filter: {} });
    await world.begin({ settlements: false });
    await (await world.restart()).apply(world.batch(0, 3));
    expect(await setAsideIn(world)).toEqual([3, ["a", "b"]]);
    await world.store(SETTLEMENTS, kept);
    await world.restart();
    expect(await setAsideIn(world)).toEqual([0, []]);
    expect([await world.stored("a"), await world.stored("b")]).toEqual(settled);
  });

  test("of an invalidation that could not be done is done once it can be, or never", async () => {
    const part = (key: string, name: string, transaction: number): TestEvent => ({ ...named(key, name), transaction });
    world = await World.open({ ttlMs: undefined });
    await world.restart();
    await world.apply([named("a", "first"), named("b", "first"), part("a", "wrong", 7), part("b", "wrong", 7)]);
    const kept = [...world.records];
    world.low = 1;
    await world.apply([{ invalidates: 7 }, named("a", "fifth"), { key: "b", type: "Added", payload: { total: 5 } }]);
    const [a, b] = await headsOf(world);
    if (a === undefined || b === undefined) throw new TypeError("no dead letters");
    await ask(world, a, "skip", { id: "skip" });
    await ask(world, b, "retry", { id: "retry" });
    await world.settle();
    expect(await outcomeOf(world, "skip")).toEqual({ status: "SETTLED", applied: 1, waiting: 0 });
    expect(await outcomeOf(world, "retry")).toMatchObject({ status: "FAILED", code: "HISTORY_GONE" });
    world.low = 0;
    expect(kept[2]?.headers[HEADER.transaction]).toBe("7");
    await ask(world, b, "retry", { id: "later" });
    await world.settle();
    expect(await outcomeOf(world, "later")).toEqual({ status: "SETTLED", applied: 1, waiting: 0 });
    expect(await world.stored("a")).toMatchObject({ name: "fifth" });
    expect(await world.stored("b")).toMatchObject({ name: "first", total: 5n, _meta: { offset: 6 } });
    expect(await world.at("log", "b", { offset: 4 })).toMatchObject({ name: "first" });
  });
});
