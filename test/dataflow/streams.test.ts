import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StreamsOptions } from "../../src/dataflow/streams.ts";
import { event } from "../../src/model/decider.ts";
import type { StreamEvent } from "../../src/model/event-context.ts";
import { merge, stream } from "../../src/model/stream-builder.ts";
import { type World, bytesOf, openWorld } from "./support/world.ts";

const amountOf = ({ payload }: StreamEvent): number => Number(payload["n"]);
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const fast = { retries: 2, minDelayMs: 1, maxDelayMs: 1 };

describe("streams without state", () => {
  let world: World;
  const add = async (key: string, n: number, topic = "in", headers = {}): Promise<void> => {
    await world.log.append({ topic, key, value: bytesOf("Added", { n }), headers });
  };
  const until = async (topic: string, count: number): Promise<readonly string[]> =>
    await vi.waitFor(async () => {
      const said = await world.said(topic);
      expect(said.length).toBeGreaterThanOrEqual(count);
      return said.toSorted();
    });

  /** The world's log, whose consumers are what a test makes of them. */
  const logWith = (own: Pick<World["log"], "consume">): StreamsOptions["log"] => ({
    takeOver: async (of) => await world.log.takeOver(of),
    describeTopics: async (names) => await world.log.describeTopics(names),
    append: async (record) => await world.log.append(record),
    offsets: async (topic) => await world.log.offsets(topic),
    ...own,
  });

  /** Delivers records with another time, and tells of an end behind markers. */
  const consumeWith =
    ({ timestamp, markers = 0 }: { timestamp?: number; markers?: number }): World["log"]["consume"] =>
    async (options, handler) =>
      await world.log.consume(options, {
        assigned: async (of, range) => await handler.assigned(of, range),
        records: async ({ records, ...batch }) =>
          await handler.records({
            ...batch,
            records: records.map((each) => ({ ...each, timestamp: timestamp ?? each.timestamp })),
          }),
        caughtUp: (of, next) => handler.caughtUp(of, next + markers),
        revoked: async (of) => await handler.revoked(of),
      });

  beforeEach(async () => {
    world = await openWorld(["in", "more", "out", "other"]);
  });
  afterEach(async () => await world.close());

  test("what is kept goes on with its bytes, key and headers, tombstones too", async () => {
    world.run([
      stream("in")
        .filter((each) => amountOf(each) > 1)
        .to("out"),
    ]);
    await add("a", 1);
    await add("b", 2, "in", { note: "as it is" });
    await world.log.append({ topic: "in", key: "b", value: null, headers: { gone: "1" } });
    expect(await until("out", 2)).toEqual(['b:Added:{"n":2}', "b:tombstone"]);
    expect((await world.records("out")).map(({ headers }) => headers)).toEqual([{ note: "as it is" }, { gone: "1" }]);
  });

  test("what steps make has an id of its own that is the same again, and the time and trace of what it is made of", async () => {
    const twice = stream("in")
      .flatMap((each) => [event("Doubled", { n: amountOf(each) }), { ...event("Doubled", { n: 0 }), key: "other" }])
      .to("out");
    world.run([twice, { ...twice, name: "again", guarantee: "at-least-once" }]);
    const headers = { ce_id: "e1", ce_time: "2024-01-01T00:00:00Z", traceparent: "00-1-2-01", eventql_command: "c" };
    await add("a", 4, "in", headers);
    expect(await until("out", 4)).toEqual([
      'a:Doubled:{"n":4}',
      'a:Doubled:{"n":4}',
      'other:Doubled:{"n":0}',
      'other:Doubled:{"n":0}',
    ]);
    const made = await world.records("out");
    expect(new Set(made.map((record) => record.headers["ce_id"])).size).toBe(4);
    expect(made[0]?.headers).toEqual({
      ce_specversion: "1.0",
      ce_id: expect.stringMatching(/^[\da-f-]{36}$/),
      ce_type: "Doubled",
      ce_source: "/test",
      ce_time: "2024-01-01T00:00:00Z",
      traceparent: "00-1-2-01",
    });
  });

  test("a time beyond all dates stops no partition", async () => {
    const consume = consumeWith({ timestamp: 9e18 });
    world.run(
      [
        stream("in")
          .map((each) => event("Doubled", { n: amountOf(each) }))
          .to("out"),
      ],
      {
        log: logWith({ consume }),
      },
    );
    await add("a", 1, "in", { ce_time: "yesterday" });
    await add("a", 2);
    expect(await until("out", 2)).toEqual(['a:Doubled:{"n":1}', 'a:Doubled:{"n":2}']);
    const times = (await world.records("out")).map(({ headers }) => headers["ce_time"]);
    expect(times).toEqual(["yesterday", "+275760-09-13T00:00:00.000Z"]);
  });

  test("markers behind the last event are passed: that they expire with it is no gap", async () => {
    const consume = consumeWith({ markers: 1 });
    const streams = world.run([stream("in").to("out")], { log: logWith({ consume }) });
    await add("a", 1);
    await until("out", 1);
    await vi.waitFor(() => expect(streams.caughtUp() && streams.status()[0]?.partitions.length).toBe(3));
    await streams.stop();
    const stored = await world.log.committed("test-stream-out", "in");
    expect(stored.toSorted(byText)).toEqual([1, 1, 2]);
  });

  test("events branch, and topics merge with the steps of each", async () => {
    const all = merge(
      stream("in").filter((each) => amountOf(each) !== 3),
      stream("more").map((each) => event("Added", { n: amountOf(each) * 10 })),
    );
    world.run([all.branch({ out: (each) => amountOf(each) < 10, other: (each) => amountOf(each) < 100 })]);
    for (const n of [1, 3, 20, 500]) await add("a", n);
    await add("b", 3, "more");
    expect(await until("out", 1)).toEqual(['a:Added:{"n":1}']);
    expect(await until("other", 2)).toEqual(['a:Added:{"n":20}', 'b:Added:{"n":30}']);
  });

  test("records under other keys keep their bytes, and a copy of EventQL's own tells where it comes from", async () => {
    const byParity = stream("in")
      .rekey((each) => (amountOf(each) === 0 ? undefined : [`n${amountOf(each)}`, "all"]))
      .to("out");
    world.run([{ ...byParity, internal: true }]);
    await add("a", 0);
    await add("a", 7, "in", { ce_id: "e" });
    expect(await until("out", 2)).toEqual(['all:Added:{"n":7}', 'n7:Added:{"n":7}']);
    const [copy] = await world.records("out");
    const headers = { ce_id: "e", eventql_origin: expect.stringMatching(/^in\/\d\/1$/), eventql_origin_key: "a" };
    expect(copy?.headers).toMatchObject(headers);
  });

  test("a mirror has bytes that nobody can read, and records without keys", async () => {
    world.run([stream("in").mirror("out")]);
    await world.log.append({ topic: "in", key: "a", value: Buffer.from("?"), headers: {} });
    const owner = await world.log.takeOver({ name: "x", input: { topic: "in", partition: 1 } });
    await owner.commit({
      records: [{ topic: "in", partition: 1, key: null, value: bytesOf("Added", {}), headers: {} }],
      next: 0,
    });
    await vi.waitFor(async () => expect(await world.records("out")).toHaveLength(2));
    expect((await world.records("out")).find(({ key }) => key === null)).toMatchObject({ partition: 1 });
  });

  test("an event that a step fails on parks its key, and those of others go on", async () => {
    world.run([
      stream("in")
        .map((each) => {
          if (amountOf(each) === 2) throw new Error("it is two");
          return event(amountOf(each) === 5 ? "Unknown" : "Doubled", { n: amountOf(each) });
        })
        .to("out"),
    ]);
    for (const [key, n] of [
      ["a", 1],
      ["a", 2],
      ["a", 3],
      ["b", 4],
      ["c", 5],
    ] as const)
      await add(key, n);
    await world.log.append({ topic: "in", key: "d", value: bytesOf("Nobody", {}), headers: {} });
    expect(await until("out", 2)).toEqual(['a:Doubled:{"n":1}', 'b:Doubled:{"n":4}']);
    await vi.waitFor(async () => expect(await world.letters()).toHaveLength(4));
    const letters = await world.readModel.find("eventql_dead_letters", { filter: {} });
    const told = letters.map(({ code, waiting, reason }) => [code, waiting, reason]);
    expect(told.toSorted(byText)).toEqual([
      ["EVENT_INVALID", false, "Nobody is no type"],
      ["EVENT_TYPE_UNKNOWN", false, expect.stringContaining("no event type of topic out: it has Added")],
      ["KEY_PARKED", true, expect.stringContaining("dead letter of out")],
      ["RULE_FAILED", false, "Step 1, map, failed: it is two."],
    ]);
    const parked = await world.readModel.find("eventql_parked_keys", { filter: { projection: "out" } });
    expect(parked.map(({ key }) => key).toSorted(byText)).toEqual(["a", "c", "d"]);
  });

  test("more parked keys than are allowed stop the partition", async () => {
    const failing = stream("in").filter(() => {
      throw new Error("no");
    });
    const streams = world.run([failing.to("out")], { maxParkedKeys: 0 });
    await add("a", 1);
    await vi.waitFor(() => {
      const halted = streams
        .status()
        .flatMap(({ partitions }) => partitions.flatMap(({ halted: why }) => why?.code ?? []));
      expect(halted).toEqual(["TOO_MANY_PARKED"]);
    });
    expect(streams.caughtUp()).toBe(true);
  });

  test("an output that is too large makes its input a dead letter, and later events of the key wait", async () => {
    const huge = stream("in").map((each) => event("Huge", { n: amountOf(each), text: "x".repeat(amountOf(each)) }));
    world.run([huge.to("out"), huge.to("other", { guarantee: "at-least-once" })]);
    await Promise.all([add("a", 1), add("a", 2_000_000), add("a", 3), add("b", 4)]);
    const small = ['a:Huge:{"n":1,"text":"x"}', 'b:Huge:{"n":4,"text":"xxxx"}'];
    expect(await until("out", 2)).toEqual(small);
    expect(await until("other", 2)).toEqual(expect.arrayContaining(small));
    await vi.waitFor(async () => {
      const codes = (await world.letters()).map(({ code, waiting }) => [code, waiting]);
      expect(codes.toSorted(byText)).toEqual([
        ["EVENT_TOO_LARGE", false],
        ["EVENT_TOO_LARGE", false],
        ["KEY_PARKED", true],
        ["KEY_PARKED", true],
      ]);
    });
  });

  test("an outside party is asked again until it answers, a key's events one after another, other keys meanwhile", async () => {
    const asked: string[] = [];
    let free: () => void = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    const called = stream("in")
      .call(async (each) => {
        asked.push(`${each.key}${amountOf(each)}`);
        if (each.key === "a") await held;
        if (amountOf(each) === 9) throw new Error("the party is down.");
        if (asked.filter((one) => one === "b3").length === 1 && amountOf(each) === 3) throw new Error("once more");
        return amountOf(each) === 4 ? undefined : event("Doubled", { n: 2 * amountOf(each) });
      }, fast)
      .to("out");
    await Promise.all([add("a", 1), add("a", 2), add("b", 3), add("b", 4), add("c", 9), add("c", 10)]);
    world.run([called]);
    await vi.waitFor(() => expect(asked.toSorted()).toEqual(["a1", "b3", "b3", "b4", "c9", "c9", "c9"]));
    free();
    expect(await until("out", 4)).toEqual([
      'a:Doubled:{"n":2}',
      'a:Doubled:{"n":4}',
      'b:Added:{"n":4}',
      'b:Doubled:{"n":6}',
    ]);
    await vi.waitFor(async () => {
      const letters = await world.readModel.find("eventql_dead_letters", { filter: { waiting: false } });
      const reason = "Step 1, call, failed 3 times, the last time so: the party is down.";
      expect(letters).toMatchObject([{ code: "CALL_FAILED", reason }]);
    });
  });

  test("functions are not called again for what was stored, and of several events only the one to blame is set aside", async () => {
    const seen: string[] = [];
    const batches: number[] = [];
    const named = ({ key, type, payload }: StreamEvent): string => `${key}:${type}:${JSON.stringify(payload["n"])}`;
    const each = stream("in").forEach((one) => void seen.push(named(one)), { name: "each", tombstones: "pass" });
    const some = stream("in").forEachBatch(
      (events) => {
        if (events.some((one) => amountOf(one) === 13)) throw new Error("unlucky");
        batches.push(events.length);
      },
      { name: "some", maxEvents: 2, ...fast },
    );
    await Promise.all([...[11, 12, 13, 14].map(async (n) => await add("a", n)), add("b", 15)]);
    await world.log.append({ topic: "in", key: "b", value: null, headers: {} });
    const first = world.run([each, some]);
    const all = ["a:Added:11", "a:Added:12", "a:Added:13", "a:Added:14", "b:Added:15", "b:eventql.tombstone:undefined"];
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(all));
    await vi.waitFor(async () => {
      expect((await world.letters()).map(({ code }) => code)).toEqual(["CALL_FAILED", "KEY_PARKED"]);
    });
    expect(batches.reduce((sum, count) => sum + count, 0)).toBe(3);
    await first.stop();
    const again = world.run([each, some]);
    await vi.waitFor(() => expect(again.caughtUp()).toBe(true));
    await add("c", 16);
    await vi.waitFor(() => expect(seen.toSorted()).toEqual([...all, "c:Added:16"]));
  });

  test("what is under way when streams stop ends, and nothing else begins", async () => {
    const seen: number[] = [];
    let free: () => void = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    const each = stream("in").forEach(
      async (one) => {
        seen.push(amountOf(one));
        if (amountOf(one) === 1) await held;
      },
      { name: "each" },
    );
    await Promise.all([add("a", 1), add("a", 2)]);
    const first = world.run([each]);
    await vi.waitFor(() => expect(seen).toEqual([1]));
    const stopped = first.stop();
    free();
    await stopped;
    expect(seen).toEqual([1]);
    const given = vi.fn<(signal: AbortSignal) => void>();
    const hanging = stream("in").forEach(
      async (one, signal) => {
        given(signal);
        seen.push(amountOf(one));
        await new Promise(() => {});
      },
      { name: "each" },
    );
    const second = world.run([hanging], { graceMs: 1 });
    await vi.waitFor(() => expect(seen).toEqual([1, 2]));
    await second.stop();
    expect(given.mock.lastCall?.[0].aborted).toBe(true);
  });

  test("a stream waits for topics that don't exist yet, and follows which streams there are", async () => {
    const late = stream("in", "late").to("later");
    let wanted = [late];
    const streams = world.run([], { streams: () => wanted, lookMs: 5 });
    await add("a", 1);
    await vi.waitFor(() => expect(streams.status()).toMatchObject([{ stream: "later", missing: ["late", "later"] }]));
    await world.log.createTopics([{ name: "later", partitions: 1 }]);
    await until("later", 1);
    await world.log.createTopics([{ name: "late", partitions: 1 }]);
    await add("b", 2, "late");
    expect(await until("later", 2)).toHaveLength(2);
    wanted = [];
    streams.streamsChanged();
    await vi.waitFor(() => expect(streams.status()).toEqual([]));
  });
});
