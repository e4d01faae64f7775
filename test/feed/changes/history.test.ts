import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { formatCursor } from "../../../src/feed/changes/cursor.ts";
import { FakeReadModel, positionOf } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { USERS, feedOf, hold, request, subscribe, turns } from "./harness.ts";

function usersBefore(...ids: readonly string[]): FakeReadModel {
  const model = new FakeReadModel();
  for (const [i, _id] of ids.entries()) model.put("users", { _id, v: i + 1 });
  return model;
}

describe("a snapshot", () => {
  test("comes first, in the order of _id, then what was committed since, then what is live", async () => {
    const model = usersBefore("b", "a");
    const rows = hold(model, "row");
    const sink = new FakeSink();
    const subscribing = feedOf(model).subscribe(request({ snapshot: true }), sink);
    await turns();
    model.put("users", { _id: "a", v: 3 }, { _id: "c", v: 4 });
    rows.letGo();
    await subscribing;
    await turns();
    model.put("users", { _id: "c", v: 5 });
    expect(sink.lines).toEqual(["SNAPSHOT a 2", "SNAPSHOT b 1", "UPDATE a 3", "INSERT c 4", "UPDATE c 5"]);
  });

  test("that is newer than what was told isn't told again", async () => {
    const model = usersBefore("a");
    model.commit("users", { _id: "a", v: 2 }, { _id: "b", v: 3 });
    const { sink } = await subscribe(feedOf(model), { snapshot: true });
    model.tell();
    model.put("users", { _id: "b", v: 4 });
    expect(sink.lines).toEqual(["SNAPSHOT a 2", "SNAPSHOT b 3", "UPDATE b 4"]);
  });

  test("holds only what is asked for and within the scope", async () => {
    const model = new FakeReadModel();
    model.put("users", { _id: "a", v: 1, mine: true }, { _id: "b", v: 1 }, { _id: "c", v: 2, mine: true });
    const { sink } = await subscribe(feedOf(model), { where: { v: 1 }, scope: { mine: true }, snapshot: true });
    expect(sink.lines).toEqual(["SNAPSHOT a 1"]);
  });

  test("goes on from a row's cursor: what was told is brought up to date, then come the other rows", async () => {
    const model = usersBefore("a", "b", "c");
    const feed = feedOf(model);
    const first = await subscribe(feed, { snapshot: true }, new FakeSink(2));
    first.feed.close();
    expect(first.sink.lines).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2"]);
    model.put("users", { _id: "a", v: 4 }, "b", { _id: "c", v: 5 }, { _id: "aa", v: 6 }, { _id: "d", v: 7 });
    const { sink } = await subscribe(feed, { after: first.sink.cursor });
    expect(sink.lines).toEqual(["UPDATE a 4", "DELETE b", "INSERT aa 6", "SNAPSHOT c 5", "SNAPSHOT d 7"]);
  });

  test("compares ids as the store does, beyond U+FFFF too", async () => {
    const [low, high] = ["\uFFFD", "\u{1F600}"];
    const model = usersBefore(high, low);
    const feed = feedOf(model);
    const first = await subscribe(feed, { snapshot: true }, new FakeSink(1));
    expect(first.sink.lines).toEqual([`SNAPSHOT ${low} 2`]);
    model.put("users", { _id: low, v: 3 }, { _id: high, v: 4 });
    const { sink } = await subscribe(feed, { after: first.sink.cursor });
    expect(sink.lines).toEqual([`UPDATE ${low} 3`, `SNAPSHOT ${high} 4`]);
  });

  test("of which no row was taken begins anew from its cursor", async () => {
    const model = usersBefore("a");
    const first = feedOf(model);
    const { sink } = await subscribe(first, { snapshot: true }, new FakeSink(0));
    await first.close();
    expect(sink.lines).toEqual([]);
    model.put("users", { _id: "a", v: 2 }, { _id: "b", v: 3 });
    const resumed = await subscribe(feedOf(model), { after: sink.cursor });
    expect(resumed.sink.lines).toEqual(["SNAPSHOT a 2", "SNAPSHOT b 3"]);
  });
});

test("a cursor of a snapshot of which nothing was told counts for nothing but that", async () => {
  const model = usersBefore("a");
  const after = formatCursor({ ...USERS, position: "another store's", upTo: null });
  const { sink } = await subscribe(feedOf(model), { after });
  model.put("users", { _id: "a", v: 2 });
  expect(sink.lines).toEqual(["SNAPSHOT a 1", "UPDATE a 2"]);
});

describe("a cursor", () => {
  test("is gone on from: what was since, and then what is live, with no gap between", async () => {
    const model = usersBefore("a");
    const feed = feedOf(model);
    const first = await subscribe(feed);
    model.put("users", { _id: "a", v: 2 });
    first.feed.close();
    model.put("users", { _id: "a", v: 3 }, { _id: "b", v: 4 });
    const changes = hold(model, "change");
    const sink = new FakeSink();
    const subscribing = feed.subscribe(request({ after: first.sink.cursor }), sink);
    await turns();
    model.put("users", { _id: "b", v: 5 });
    changes.letGo();
    await subscribing;
    await turns();
    model.put("users", { _id: "b", v: 6 });
    expect(sink.lines).toEqual(["UPDATE a 3", "INSERT b 4", "UPDATE b 5", "UPDATE b 6"]);
  });

  test("may be of a process that is ahead of this one", async () => {
    const model = usersBefore("a");
    model.commit("users", { _id: "a", v: 2 }, { _id: "a", v: 3 });
    const after = formatCursor({ ...USERS, position: positionOf(2), upTo: undefined });
    const { sink } = await subscribe(feedOf(model), { after });
    model.tell();
    expect(sink.lines).toEqual(["UPDATE a 3"]);
  });

  test.each<[string, string, string]>([
    ["CURSOR_INVALID", "nonsense", "is no cursor"],
    [
      "CURSOR_INVALID",
      formatCursor({ aggregate: "Account", collection: "accounts", position: "1", upTo: undefined }),
      "is another's",
    ],
    ["CURSOR_EXPIRED", formatCursor({ ...USERS, position: positionOf(1), upTo: undefined }), "is too old"],
    ["CURSOR_EXPIRED", formatCursor({ ...USERS, position: positionOf(1), upTo: "b" }), "is a row's, too old"],
  ])("is refused by %s where %s (%s)", async (code, after) => {
    const model = usersBefore("a", "b", "c");
    model.expired = 2;
    const feed = feedOf(model, { maxSubscribers: 1, maxReadings: 1 });
    const sink = new FakeSink();
    await expect(feed.subscribe(request({ after }), sink)).rejects.toThrow(expect.objectContaining({ code }));
    expect(sink.endCalls).toBe(0);
    await expect(subscribe(feed, { snapshot: true })).resolves.toBeDefined();
  });

  test("doesn't go together with a snapshot", async () => {
    const model = usersBefore("a");
    const refused = subscribe(feedOf(model), { after: "x", snapshot: true });
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
  });
});

describe("a reader of history", () => {
  test("is read to only as fast as it takes", async () => {
    const model = usersBefore("a", "b", "c", "d");
    const { sink } = await subscribe(feedOf(model), { snapshot: true }, new FakeSink(1));
    expect(sink.lines).toHaveLength(1);
    sink.free(2);
    await turns();
    expect(sink.lines).toHaveLength(3);
    sink.free(5);
    await turns();
    model.put("users", { _id: "e", v: 9 });
    expect(sink.lines).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2", "SNAPSHOT c 3", "SNAPSHOT d 4", "INSERT e 9"]);
  });

  test("gets all that it was too slow for, however little is held back for it", async () => {
    const model = usersBefore("a");
    const { sink } = await subscribe(feedOf(model, { maxHeldBack: 2 }), { snapshot: true }, new FakeSink(0));
    const expected = ["SNAPSHOT a 1"];
    for (let v = 2; v < 40; v++) {
      model.put("users", { _id: "a", v });
      expected.push(`UPDATE a ${v}`);
      if (v % 3 === 0) sink.free(1);
      await turns(2);
    }
    sink.free(100);
    await turns(20);
    expect(sink.lines).toEqual(expected);
    expect(sink.ended).toBeUndefined();
    model.put("users", { _id: "a", v: 99 });
    expect(sink.lines.at(-1)).toBe("UPDATE a 99");
  });

  test("without room for too long ends as too slow, and makes room for the next", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const model = usersBefore("a", "b");
    const feed = feedOf(model, { maxReadings: 1, stallMs: 1_000 });
    const stalled = await subscribe(feed, { snapshot: true }, new FakeSink(1));
    const next = new FakeSink();
    const waiting = feed.subscribe(request({ snapshot: true }), next);
    await vi.advanceTimersByTimeAsync(999);
    expect(stalled.sink.ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    await turns();
    expect(stalled.sink.ended?.code).toBe("SUBSCRIBER_TOO_SLOW");
    expect(stalled.sink.cursor).toBe(stalled.sink.items[0]?.cursor);
    expect(next.lines).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2"]);
    const resumed = await subscribe(feed, { after: stalled.sink.cursor });
    expect(resumed.sink.lines).toEqual(["SNAPSHOT b 2"]);
  });

  test("waits while as many as may are reading", async () => {
    const model = usersBefore("a", "b");
    const rows = hold(model, "row");
    const feed = feedOf(model, { maxReadings: 2 });
    const sinks = [0, 1, 2, 3, 4].map(() => new FakeSink());
    const subscribing = sinks.map((sink) => feed.subscribe(request({ snapshot: true }), sink));
    await turns();
    expect(model.running).toBe(2);
    rows.letGo();
    await Promise.all(subscribing);
    await turns(10);
    for (const sink of sinks) expect(sink.lines).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2"]);
    expect(model.running).toBe(0);
  });

  test("ends with why, and its cursor, where the store fails midway", async () => {
    const model = usersBefore("a", "b");
    const feed = feedOf(model, { maxReadings: 1 });
    let rows = 0;
    model.gate = async (step) => {
      if (step === "row" && rows++ > 0) throw new EventQLError("READ_MODEL_UNAVAILABLE", "The store is away.");
    };
    const { sink } = await subscribe(feed, { snapshot: true });
    model.gate = async () => {};
    expect(sink.ended?.code).toBe("READ_MODEL_UNAVAILABLE");
    const resumed = await subscribe(feed, { after: sink.cursor });
    expect([...sink.lines, ...resumed.sink.lines]).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2"]);
  });

  test("leaves nothing open when it is closed", async () => {
    const model = usersBefore("a", "b", "c");
    const { sink, feed } = await subscribe(feedOf(model), { snapshot: true }, new FakeSink(1));
    expect(model.running).toBe(1);
    feed.close();
    await vi.waitFor(() => expect(model.running).toBe(0));
    sink.free(5);
    await turns();
    expect(sink.lines).toEqual(["SNAPSHOT a 1"]);
    expect(sink.endCalls).toBe(0);
  });

  test("lets others have their turn", async () => {
    const model = usersBefore(...Array.from({ length: 2_000 }, (_, i) => `k${String(i).padStart(4, "0")}`));
    let taken = 0;
    let turn = setImmediate(function next() {
      taken++;
      turn = setImmediate(next);
    });
    onTestFinished(() => clearImmediate(turn));
    const sink = new FakeSink();
    await feedOf(model).subscribe(request({ snapshot: true }), sink);
    const before = taken;
    await vi.waitFor(() => expect(sink.items).toHaveLength(2_000));
    expect(taken - before).toBeGreaterThan(5);
  });
});
