import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventsPage } from "../../src/history/history.ts";
import { journalOf } from "../../src/projector/journal.ts";
import { type TestEvent, World } from "./world.ts";

const KEPT = { ttlMs: undefined };

const named = (key: string, name: string, timestamp?: number): TestEvent => ({
  key,
  type: "Named",
  payload: { name },
  ...(timestamp === undefined ? {} : { timestamp }),
});

const shown = ({ events }: EventsPage): readonly unknown[] =>
  events.map(({ event, record }) => [
    record.offset,
    event?.payload["name"] ?? event?.writer.eventType.fullName ?? null,
  ]);

describe("histories", () => {
  let world: World;

  const open = async (...of: Parameters<typeof World.open>): Promise<World> => {
    world = await World.open(...of);
    await world.restart();
    return world;
  };

  afterEach(async () => {
    await world.close();
  });

  const nameAt = async (by: "journal" | "log", offset: number, key = "a"): Promise<unknown> => {
    const past = await world.at(by, key, { offset });
    return typeof past === "object" && past !== null && "name" in past ? past.name : past;
  };

  describe.each(["journal", "log"] as const)("by the %s", (by) => {
    beforeEach(async () => {
      await open(KEPT);
    });

    const events = async (page: Partial<Parameters<ReturnType<World["history"]>["events"]>[0]>): Promise<EventsPage> =>
      await world
        .history(by)
        .events({ ...world.of("a"), after: undefined, before: undefined, limit: 10, newest: false, ...page });

    test("hold every event of the key that was applied, of both its lives", async () => {
      await world.apply([
        { key: "a", type: "Touched", payload: { name: "too early" } },
        named("a", "Ada"),
        named("b", "other"),
        { key: "a", type: "Seen" },
        { key: "a" },
        named("a", "Again"),
      ]);
      expect(shown(await events({}))).toEqual([
        [0, "too early"],
        [1, "Ada"],
        [3, "Seen"],
        [4, null],
        [5, "Again"],
      ]);
      expect([await nameAt(by, 0), await nameAt(by, 2), await nameAt(by, 4), await nameAt(by, 5)]).toEqual([
        undefined,
        "Ada",
        undefined,
        "Again",
      ]);
    });

    test("come by pages from either end", async () => {
      await world.apply(Array.from({ length: 60 }, (_, index) => named(index % 2 === 0 ? "a" : "b", `n${index}`)));
      const first = await events({ limit: 2 });
      expect([shown(first), first.more]).toEqual([
        [
          [0, "n0"],
          [2, "n2"],
        ],
        true,
      ]);
      const next = await events({ limit: 2, after: 2 });
      expect(shown(next)).toEqual([
        [4, "n4"],
        [6, "n6"],
      ]);
      const last = await events({ limit: 2, newest: true });
      expect([shown(last), last.more]).toEqual([
        [
          [56, "n56"],
          [58, "n58"],
        ],
        true,
      ]);
      const before = await events({ limit: 2, newest: true, before: 4 });
      expect([shown(before), before.more]).toEqual([
        [
          [0, "n0"],
          [2, "n2"],
        ],
        false,
      ]);
      const between = await events({ after: 52, before: 58 });
      expect([shown(between), between.more]).toEqual([
        [
          [54, "n54"],
          [56, "n56"],
        ],
        false,
      ]);
      expect((await events({ limit: 30 })).more).toBe(false);
      expect((await events({ limit: 29 })).more).toBe(true);
      expect(await events({ limit: 0 })).toMatchObject({ events: [], more: true, positions: [60] });
    });

    test("leave a dead letter out, and what waits behind it", async () => {
      await world.apply([named("a", "Ada"), { key: "a", type: "Nonsense" }, named("a", "Waiting"), named("b", "Bob")]);
      expect(shown(await events({}))).toEqual([[0, "Ada"]]);
      expect([await nameAt(by, 1), await nameAt(by, 3), await nameAt(by, 3, "b")]).toEqual(["Ada", "Ada", "Bob"]);
    });

    test("tell nothing that is not applied yet", async () => {
      expect(await world.at(by, "a", { offset: 0 })).toBe("NOT_YET_PROJECTED");
      expect(await world.at(by, "a", { timestamp: 10 })).toBeUndefined();
      await world.apply([named("a", "Ada")]);
      world.append([named("a", "Later")]);
      expect(shown(await events({}))).toEqual([[0, "Ada"]]);
      expect(await world.at(by, "a", { offset: 1 })).toBe("NOT_YET_PROJECTED");
      expect(await world.at(by, "a", { timestamp: 9_000 })).toMatchObject({ name: "Ada" });
    });

    test("take the last event by its offset that is not later than a time", async () => {
      await world.apply([
        named("a", "first", 100),
        named("a", "ahead", 900),
        named("a", "back", 300),
        named("a", "end", 950),
      ]);
      const at = async (timestamp: number): Promise<unknown> => await world.at(by, "a", { timestamp });
      expect(await at(99)).toBeUndefined();
      expect(await at(100)).toMatchObject({ name: "first" });
      expect(await at(299)).toMatchObject({ name: "first" });
      expect(await at(300)).toMatchObject({ name: "back" });
      expect(await at(949)).toMatchObject({ name: "back" });
      expect(await at(950)).toMatchObject({ name: "end" });
      expect(await world.at(by, "nobody", { timestamp: 500 })).toBeUndefined();
    });

    test("are read within a budget", async () => {
      await world.apply(Array.from({ length: 30 }, (_, index) => named("a", `n${index}`)));
      const read = world.history(by).documentAt(world.of("a", 10), { offset: 20 });
      await expect(read).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
      await expect(world.history(by).documentAt(world.of("a", 22), { offset: 20 })).resolves.toMatchObject({
        name: "n20",
      });
    });

    test("are read by pages where they are long", async () => {
      await world.apply(
        Array.from({ length: 1_200 }, () => ({ key: "a", type: "Added", payload: { total: 1, tags: [] } })),
      );
      expect(await world.at(by, "a", { offset: 1_100 })).toMatchObject({ total: 1_101n });
      expect(await world.at(by, "a", { timestamp: 999_000 })).toMatchObject({ total: 1_000n });
      expect(await world.at(by, "a", { timestamp: 99_000 })).toMatchObject({ total: 100n });
    });

    test("that expired are gone, not wrong", async () => {
      const now = Date.now();
      const old = now - 100_000;
      await world.keep({ ttlMs: 50_000 });
      await world.restart();
      await world.apply([
        named("a", "old", old),
        named("b", "still", old),
        named("a", "new", now - 1_000),
        named("a", "now", now),
      ]);
      expect(shown(await events({}))).toEqual([
        [2, "new"],
        [3, "now"],
      ]);
      expect(await nameAt(by, 0)).toBe("HISTORY_GONE");
      expect(await world.at(by, "a", { timestamp: old })).toBe("HISTORY_GONE");
      expect(await nameAt(by, 3)).toBe("now");
      expect(await nameAt(by, 3, "b")).toBe("still");
      expect(await world.at(by, "b", { timestamp: now })).toMatchObject({ name: "still" });
      expect(await world.at(by, "nobody", { timestamp: now })).toBeUndefined();
    });
  });

  describe("a journal", () => {
    test("that began late tells nothing of what was before, and everything of what came then", async () => {
      await open(undefined);
      await world.apply([named("a", "before"), named("gone", "before"), { key: "gone" }, named("c", "still")]);
      await world.keep(KEPT);
      await world.apply([named("a", "since"), named("b", "new"), named("a", "later")]);
      expect(await nameAt("journal", 3)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 4)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 6)).toBe("later");
      expect(await nameAt("journal", 1, "gone")).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 4, "gone")).toBeUndefined();
      expect(await nameAt("journal", 4, "b")).toBeUndefined();
      expect(await nameAt("journal", 5, "b")).toBe("new");
      expect(await nameAt("journal", 3, "c")).toBe("still");
      expect(await world.at("journal", "gone", { timestamp: 1_000 })).toBe("HISTORY_GONE");
      await world.apply([{ key: "a" }, named("a", "anew"), named("a", "once more")]);
      expect(await nameAt("journal", 7)).toBeUndefined();
      expect(await nameAt("journal", 8)).toBe("anew");
    });

    test("that was off for a while has a gap, and says so", async () => {
      await open(KEPT);
      await world.apply([named("a", "one"), named("b", "one"), named("a", "two")]);
      await world.keep(undefined);
      await world.apply([named("a", "unseen"), named("fleeting", "x"), { key: "fleeting" }, { key: "b" }]);
      await world.keep(KEPT);
      await world.apply([named("a", "three"), named("a", "four")]);
      expect(await nameAt("journal", 0)).toBe("one");
      expect(await nameAt("journal", 2)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 3)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 7)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 8)).toBe("four");
      expect(await nameAt("journal", 4, "fleeting")).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 6, "b")).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 7, "b")).toBe("HISTORY_GONE");
    });

    test("has each event once, whoever applies it, and again", async () => {
      await open(KEPT);
      await world.apply([named("a", "one"), named("a", "two")]);
      const zombie = await world.rival();
      await world.apply([named("a", "three")]);
      expect(await zombie.apply(world.batch(2, 3))).toBe(3);
      zombie.stop();
      const entries = await world.readModel.find(journalOf("ts"), { filter: {}, sort: { offset: 1 } });
      expect(entries.map(({ _id, key, previous }) => [_id, key, previous])).toEqual([
        ["t/0/0", "a", undefined],
        ["t/0/1", "a", 0],
        ["t/0/2", "a", 1],
      ]);
      expect(entries[1]).toMatchObject({
        topic: "t",
        partition: 0,
        offset: 1,
        timestamp: new Date(1_000),
        type: "Named",
        schemaId: 1,
        value: Uint8Array.from(Buffer.from('["Named",{"name":"two"}]')),
        headers: [{ key: "ce_id", value: "event-1" }],
      });
    });

    test("is not written anew by a projection that begins anew", async () => {
      await open(KEPT);
      await world.apply([named("a", "one"), named("a", "two"), named("b", "x")]);
      const [checkpoint] = await world.readModel.checkpoints("aggregates");
      if (checkpoint === undefined) throw new TypeError("no checkpoint");
      const nothing = { inserts: [], replacements: [] };
      await world.readModel.commit({
        checkpoint: { ...checkpoint, next: 0 },
        from: checkpoint.next,
        writes: [{ collection: "ts", ...nothing, deletions: ["a", "b"] }],
      });
      const projector = await world.restart();
      await projector.apply(world.batch(0, 1));
      await projector.apply(world.batch(1, 3));
      await world.apply([named("a", "three")]);
      expect(await world.readModel.find(journalOf("ts"), { filter: {} })).toHaveLength(4);
      expect([await nameAt("journal", 0), await nameAt("journal", 1), await nameAt("journal", 3)]).toEqual([
        "one",
        "two",
        "three",
      ]);
    });

    test("of a log that had begun to expire reaches back to where it then began", async () => {
      await open(KEPT);
      world.append([named("a", "lost"), named("a", "lost")]);
      world.low = 2;
      await world.restart();
      await world.apply([named("a", "kept"), named("a", "on")]);
      expect(await nameAt("journal", 1)).toBe("HISTORY_GONE");
      expect(await nameAt("journal", 2)).toBe("kept");
    });

    test("is needed to tell what was, where the log can't find keys", async () => {
      await open(undefined);
      await world.apply([named("a", "one")]);
      await expect(world.history("journal").documentAt(world.of("a"), { offset: 0 })).rejects.toMatchObject({
        code: "HISTORY_GONE",
        message: expect.stringContaining('"history": true'),
      });
    });
  });

  test("a log that was truncated tells nothing of keys whose beginning it has not", async () => {
    await open(KEPT);
    await world.apply([
      named("a", "one"),
      named("a", "two"),
      named("a", "three"),
      { key: "a" },
      named("a", "four"),
      named("a", "five"),
    ]);
    world.low = 1;
    expect([await nameAt("log", 1), await nameAt("log", 3), await nameAt("log", 4), await nameAt("log", 0)]).toEqual([
      "HISTORY_GONE",
      undefined,
      "four",
      "HISTORY_GONE",
    ]);
  });

  test("a log that was compacted tells nothing of what may have been removed", async () => {
    await open(undefined);
    await world.apply([named("a", "one"), named("a", "two"), { key: "a" }, named("a", "three"), named("a", "four")]);
    world.compacted.add(0);
    world.compacted.add(1);
    expect([await nameAt("log", 1), await nameAt("log", 2), await nameAt("log", 3)]).toEqual([
      "HISTORY_GONE",
      undefined,
      "three",
    ]);
    world.compacted.add(2);
    expect([await nameAt("log", 1), await nameAt("log", 3), await nameAt("log", 4)]).toEqual([
      "HISTORY_GONE",
      "HISTORY_GONE",
      "four",
    ]);
  });

  describe("without a journal", () => {
    beforeEach(async () => {
      await open(undefined);
    });

    const page = { after: undefined, before: undefined, limit: 1, newest: false };

    test("events are looked for in the log, within bounds", async () => {
      await world.apply([named("a", "one"), named("b", "x"), named("a", "two")]);
      const found = await world.history("scan").events({ ...world.of("a"), ...page, limit: 5 });
      expect(shown(found)).toEqual([
        [0, "one"],
        [2, "two"],
      ]);
      await world.apply(Array.from({ length: 60 }, () => named("b", "x")));
      await expect(world.history("scan").events({ ...world.of("a"), ...page })).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: expect.stringContaining('"history": true'),
      });
    });

    test("only so many look at a time", async () => {
      await world.apply([named("a", "one")]);
      const history = world.history("scan", 1);
      const [first, second] = await Promise.allSettled([
        history.events({ ...world.of("a"), ...page }),
        history.events({ ...world.of("a"), ...page }),
      ]);
      expect(first.status).toBe("fulfilled");
      expect(second).toMatchObject({ status: "rejected", reason: { code: "LIMIT_EXCEEDED" } });
      await expect(history.events({ ...world.of("a"), ...page })).resolves.toMatchObject({ more: false });
    });
  });
});
