import { describe, expect, test, vi } from "vitest";
import { FakeReadModel } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { feedOf, hold, subscribe, turns } from "./harness.ts";

/** A sink that takes what it has in the next turn. */
function quickSink(bound: number): FakeSink {
  const sink = new FakeSink(bound);
  sink.onNext = () => void setImmediate(() => sink.free(1));
  return sink;
}

/** Commits one document so many times, and tells that in one turn. */
function burst(model: FakeReadModel, count: number): void {
  for (let i = 0; i < count; i++) model.commit("users", { _id: "a", v: model.log.length + 1 });
  model.tell();
}

describe("a subscriber whose sink is full", () => {
  test("is told a burst far beyond its bound whole and in order, without a reading, and lives on", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const [quick, all] = [await subscribe(feed, {}, quickSink(3)), await subscribe(feed)];
    burst(model, 2_000);
    expect(quick.sink.items).toHaveLength(3);
    await vi.waitFor(() => expect(quick.sink.lines).toEqual(all.sink.lines));
    expect(quick.sink.items.map(({ cursor }) => cursor)).toEqual(all.sink.items.map(({ cursor }) => cursor));
    await turns();
    model.put("users", "a");
    expect(quick.sink.lines.at(-1)).toBe("DELETE a");
    expect(quick.sink.ended).toBeUndefined();
    expect(model.calls.readings).toBe(0);
  });

  test("falls behind as often as it is full, while changes go on", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxHeldBack: 5 });
    const [quick, all] = [await subscribe(feed, {}, quickSink(2)), await subscribe(feed)];
    for (let i = 0; i < 100; i++) {
      burst(model, 1 + (i % 13));
      await turns(i % 4);
    }
    await vi.waitFor(() => expect(quick.sink.lines).toEqual(all.sink.lines));
    expect(model.calls.readings).toBeGreaterThan(1);
    expect(quick.sink.ended).toBeUndefined();
  });

  test.each([1, 2, 3, 4, 5, 6])("falls behind anew %i microtasks after it has caught up", async (microtasks) => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const [{ sink }, all] = [await subscribe(feed, {}, new FakeSink(1)), await subscribe(feed)];
    const oneMore = async (): Promise<void> => {
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      if (model.log.length < 20) burst(model, 1);
    };
    burst(model, 2);
    sink.onNext = () => void oneMore();
    for (let i = 0; i < 100; i++) {
      sink.free(1);
      await turns(1);
    }
    expect(sink.lines).toHaveLength(20);
    expect(sink.lines).toEqual(all.sink.lines);
  });

  test("reads again what was too much to hold while it waited for room", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxHeldBack: 10 });
    const [slow, all] = [await subscribe(feed, {}, new FakeSink(1)), await subscribe(feed)];
    for (let i = 0; i < 20; i++) {
      burst(model, 10);
      await turns(1);
    }
    expect([slow.sink.items.length, model.calls.readings]).toEqual([1, 0]);
    slow.sink.free(50);
    await vi.waitFor(() => expect(slow.sink.items).toHaveLength(51));
    burst(model, 30);
    slow.sink.free(1_000);
    await vi.waitFor(() => expect(slow.sink.lines).toEqual(all.sink.lines));
    await turns();
    burst(model, 1);
    expect(slow.sink.lines).toEqual(all.sink.lines);
  });

  test.each([10_000, 2, 0])(
    "ends where there is no room for long, with a cursor for the rest, %i being held",
    async (maxHeldBack) => {
      const model = new FakeReadModel();
      const feed = feedOf(model, { maxHeldBack, stallMs: 50 });
      const begun = performance.now();
      const [slow, fast] = [await subscribe(feed, {}, new FakeSink(1)), await subscribe(feed)];
      burst(model, 5);
      expect(slow.sink.ended).toBeUndefined();
      await vi.waitFor(() => expect(slow.sink.ended?.code).toBe("SUBSCRIBER_TOO_SLOW"));
      expect(performance.now() - begun).toBeGreaterThan(45);
      burst(model, 2);
      expect(slow.sink.lines).toEqual(["INSERT a 1"]);
      expect(slow.sink.endCalls).toBe(1);
      expect(slow.sink.cursor).toBe(slow.sink.items[0]?.cursor);
      expect(model.calls.readings).toBe(0);
      const resumed = await subscribe(feed, { after: slow.sink.cursor });
      expect([...slow.sink.lines, ...resumed.sink.lines]).toEqual(fast.sink.lines);
    },
  );

  test("has a cursor beyond what meant nothing to it before it fell behind", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { stallMs: 1 });
    const { sink } = await subscribe(feed, { where: { v: { $gt: 90 } } }, new FakeSink(0));
    burst(model, 95);
    await vi.waitFor(() => expect(sink.ended?.code).toBe("SUBSCRIBER_TOO_SLOW"));
    model.expired = 90;
    const resumed = await subscribe(feed, { where: { v: { $gt: 90 } }, after: sink.cursor });
    expect(resumed.sink.lines.map((line) => line.slice(-2))).toEqual(["91", "92", "93", "94", "95"]);
  });

  test("keeps nobody from reading, however much it has missed", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxReadings: 1, maxHeldBack: 1 });
    const first = await subscribe(feed);
    burst(model, 1);
    const full = await subscribe(feed, {}, new FakeSink(0));
    burst(model, 5);
    await turns();
    const resumed = await subscribe(feed, { after: first.sink.items[0]?.cursor });
    expect(resumed.sink.lines).toEqual(first.sink.lines.slice(1));
    expect(full.sink.ended).toBeUndefined();
  });

  test("may be closed while it waits, and while it reads again", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxHeldBack: 1 });
    const [waiting, reading] = [await subscribe(feed, {}, new FakeSink(0)), await subscribe(feed, {}, new FakeSink(0))];
    const { letGo } = hold(model, "change");
    burst(model, 5);
    reading.sink.free(2);
    await vi.waitFor(() => expect(model.running).toBe(1));
    waiting.feed.close();
    reading.feed.close();
    letGo();
    waiting.sink.free(10);
    await vi.waitFor(() => expect(model.running).toBe(0));
    await turns();
    expect([waiting.sink.items.length, reading.sink.items.length]).toEqual([0, 1]);
    for (const { sink } of [waiting, reading]) expect(sink.ended).toBeUndefined();
  });

  test("is ended with its cursor when the feed closes, which waits for its reading", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxHeldBack: 1 });
    const [{ sink: slow }, { sink: all }] = [await subscribe(feed, {}, new FakeSink(2)), await subscribe(feed)];
    const { letGo } = hold(model, "change");
    burst(model, 8);
    slow.free(2);
    await vi.waitFor(() => expect(model.running).toBe(1));
    const closing = feed.close();
    expect(slow.ended?.code).toBe("SHUTTING_DOWN");
    letGo();
    await closing;
    expect(model.running).toBe(0);
    const { sink } = await subscribe(feedOf(model), { after: slow.cursor });
    expect([...slow.lines, ...sink.lines]).toEqual(all.lines);
  });

  test("ends with its cursor where what it missed can't be read any more", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxHeldBack: 1 });
    const { sink } = await subscribe(feed, {}, new FakeSink(0));
    burst(model, 5);
    model.expired = 5;
    sink.free(10);
    await vi.waitFor(() => expect(sink.ended?.code).toBe("CURSOR_EXPIRED"));
  });
});
