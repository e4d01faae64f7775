import { describe, expect, onTestFinished, test, vi } from "vitest";
import { FakeReadModel } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { feedOf, hold, request, subscribe, turns } from "./harness.ts";

const COUNT = 200;

/** A store of so many users, and what its snapshot tells. */
function manyUsers(): { readonly model: FakeReadModel; readonly all: readonly string[] } {
  const model = new FakeReadModel();
  const ids = Array.from({ length: COUNT }, (_, i) => `u${String(i).padStart(3, "0")}`);
  for (const [i, _id] of ids.entries()) model.put("users", { _id, v: i });
  return { model, all: ids.map((id, i) => `SNAPSHOT ${id} ${i}`) };
}

/** Makes room for one in each sink, now and then, until the test ends. */
function trickle(sinks: readonly FakeSink[], everyMs: number): void {
  const timer = setInterval(() => {
    for (const sink of sinks) if (!sink.hasRoom()) sink.free(1);
  }, everyMs);
  onTestFinished(() => clearInterval(timer));
}

describe("a reader without room", () => {
  test.each([
    ["take nothing for a while", 1_000, 20],
    ["take one item at a time, each before its grace is over", 20, 100],
  ])("gives way: a quick one gets all while more than may read %s", async (_, everyMs, graceMs) => {
    const { model, all } = manyUsers();
    const feed = feedOf(model, { graceMs, stallMs: 60_000, maxReadings: 4 });
    const slow = Array.from({ length: 6 }, () => new FakeSink(1));
    const subscribing = slow.map((sink) => feed.subscribe(request({ snapshot: true }), sink));
    trickle(slow, everyMs);
    await Promise.all(subscribing);
    const cursor = slow[0]?.items[0]?.cursor;
    const quick = await subscribe(feed, { snapshot: true });
    await vi.waitFor(() => expect(quick.sink.lines).toEqual(all), 900);
    const resumed = await subscribe(feed, { after: cursor });
    await vi.waitFor(() => expect(resumed.sink.lines).toEqual(all.slice(1)), 900);
    expect(slow.every(({ items }) => items.length < COUNT)).toBe(true);
    for (const sink of slow) sink.free(1_000);
    await vi.waitFor(() => expect(slow.map(({ lines }) => lines)).toEqual(slow.map(() => all)));
    expect(slow.map(({ ended }) => ended)).toEqual(slow.map(() => undefined));
  });

  test("by default too, where sixteen take an item each five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { model, all } = manyUsers();
    const feed = feedOf(model);
    const slow = Array.from({ length: 16 }, () => new FakeSink(1));
    for (const sink of slow) await subscribe(feed, { snapshot: true }, sink);
    trickle(slow, 5_000);
    expect(model.running).toBe(16);
    const quick = new FakeSink();
    const subscribing = feed.subscribe(request({ snapshot: true }), quick);
    await vi.advanceTimersByTimeAsync(500);
    await subscribing;
    await turns(10);
    expect(quick.lines).toEqual(all);
    expect(slow.map(({ items }) => items.length)).toEqual(slow.map(() => 1));
    for (let i = 1; i <= COUNT; i++) {
      await vi.advanceTimersByTimeAsync(5_000);
      await turns();
    }
    expect(slow.map(({ lines }) => lines)).toEqual(slow.map(() => all));
  });

  test("keeps its reading while nobody waits", async () => {
    const { model, all } = manyUsers();
    const { sink } = await subscribe(feedOf(model, { graceMs: 1 }), { snapshot: true }, new FakeSink(1));
    trickle([sink], 2);
    await vi.waitFor(() => expect(sink.lines).toEqual(all), 5_000);
    expect(model.calls).toMatchObject({ snapshots: 1, readings: 0 });
  });

  test("goes on from where it gave way: what it was told is brought up to date, then come the other rows", async () => {
    const model = new FakeReadModel();
    model.put("users", { _id: "a", v: 1 }, { _id: "b", v: 2 }, { _id: "c", v: 3 });
    const feed = feedOf(model, { graceMs: 1, maxReadings: 1 });
    const { sink } = await subscribe(feed, { snapshot: true }, new FakeSink(2));
    await feed.subscribe(request({ snapshot: true }), new FakeSink());
    model.put("users", { _id: "a", v: 4 }, "b", { _id: "c", v: 5 }, { _id: "aa", v: 6 }, { _id: "d", v: 7 });
    sink.free(100);
    await turns(20);
    model.put("users", { _id: "d", v: 8 });
    expect(sink.lines.slice(0, 2)).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 2"]);
    expect(sink.lines.slice(2, -1)).toEqual(["UPDATE a 4", "DELETE b", "INSERT aa 6", "SNAPSHOT c 5", "SNAPSHOT d 7"]);
    expect(sink.lines.at(-1)).toBe("UPDATE d 8");
  });

  test("ends as too slow when it was without room for long, in its reading and after", async () => {
    const { model } = manyUsers();
    const feed = feedOf(model, { graceMs: 20, stallMs: 150, maxReadings: 1 });
    const begun = performance.now();
    const { sink } = await subscribe(feed, { snapshot: true }, new FakeSink(1));
    await feed.subscribe(request({ snapshot: true }), new FakeSink());
    await vi.waitFor(() => expect(sink.ended?.code).toBe("SUBSCRIBER_TOO_SLOW"));
    expect(performance.now() - begun).toBeGreaterThan(140);
    expect(sink.cursor).toBe(sink.items[0]?.cursor);
  });
});

test("one that can't begin to read in time is told to try again later, and makes room", async () => {
  const { model, all } = manyUsers();
  const rows = hold(model, "row");
  const feed = feedOf(model, { startMs: 20, maxReadings: 1, maxSubscribers: 2 });
  const first = new FakeSink();
  const subscribing = feed.subscribe(request({ snapshot: true }), first);
  await turns();
  const refused = feed.subscribe(request({ snapshot: true }), new FakeSink());
  await expect(refused).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE", retriable: true });
  rows.letGo();
  await subscribing;
  const { sink } = await subscribe(feed, { snapshot: true });
  await vi.waitFor(() => expect([first.lines, sink.lines]).toEqual([all, all]));
});
