import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { FakeReadModel } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { feedOf, hold, request, subscribe, turns } from "./harness.ts";

function useFakeTimeouts(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

describe("the watch of a feed", () => {
  test("is one for all, also for those who come while it is being begun", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    expect(model.calls.watches).toBe(0);
    await Promise.all([subscribe(feed), subscribe(feed, { collection: "accounts" }), subscribe(feed)]);
    await subscribe(feed, { snapshot: true });
    expect(model.calls.watches).toBe(1);
    expect(model.listeners.size).toBe(1);
  });

  test("ends a while after its last subscriber, unless another comes", async () => {
    useFakeTimeouts();
    const model = new FakeReadModel();
    const feed = feedOf(model, { lingerMs: 1_000 });
    const first = await subscribe(feed);
    first.feed.close();
    await vi.advanceTimersByTimeAsync(999);
    const second = await subscribe(feed);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(model.listeners.size).toBe(1);
    second.feed.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(model.listeners.size).toBe(0);
    const third = await subscribe(feed);
    model.put("users", { _id: "a", v: 1 });
    expect(third.sink.lines).toEqual(["INSERT a 1"]);
    expect(model.calls.watches).toBe(2);
  });

  test("that is lost ends all, and the next subscriber begins another", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const live = await subscribe(feed);
    model.put("users", { _id: "a", v: 1 });
    const rows = hold(model, "row");
    const opening = feed.subscribe(request({ snapshot: true }), new FakeSink());
    await turns();
    model.lose();
    rows.letGo();
    expect(live.sink.ended?.code).toBe("CURSOR_EXPIRED");
    await expect(opening).rejects.toThrow(expect.objectContaining({ code: "CURSOR_EXPIRED" }));
    const next = await subscribe(feed);
    model.put("users", { _id: "a", v: 2 });
    expect(next.sink.lines).toEqual(["UPDATE a 2"]);
    expect(model.calls.watches).toBe(2);
  });

  test("that is lost while it is begun refuses who waits for it, not the next", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const { promise, resolve } = Promise.withResolvers<void>();
    model.gate = () => promise;
    const waiting = feed.subscribe(request(), new FakeSink());
    model.lose();
    resolve();
    await expect(waiting).rejects.toThrow(expect.objectContaining({ code: "CURSOR_EXPIRED" }));
    await expect(subscribe(feed)).resolves.toBeDefined();
  });

  test("that can't be begun refuses who waits for it, not the next", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model, { maxSubscribers: 2 });
    model.gate = async () => {
      throw new EventQLError("READ_MODEL_UNAVAILABLE", "The store is away.");
    };
    const refused = [subscribe(feed), subscribe(feed)];
    for (const { status } of await Promise.allSettled(refused)) expect(status).toBe("rejected");
    await expect(refused[1]).rejects.toThrow(expect.objectContaining({ code: "READ_MODEL_UNAVAILABLE" }));
    model.gate = async () => {};
    await Promise.all([subscribe(feed), subscribe(feed)]);
    await expect(subscribe(feed)).rejects.toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  });
});

describe("closing a feed", () => {
  test("ends all with their cursors, and refuses more; it may be repeated", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const idle = await subscribe(feed);
    const busy = await subscribe(feed, { where: { v: 2 } });
    model.put("users", { _id: "a", v: 1 }, { _id: "a", v: 2 }, { _id: "a", v: 3 });
    await Promise.all([feed.close(), feed.close()]);
    await feed.close();
    expect(model.listeners.size).toBe(0);
    await expect(subscribe(feed)).rejects.toThrow(expect.objectContaining({ code: "SHUTTING_DOWN" }));
    model.put("users", { _id: "a", v: 2 });
    const after = feedOf(model);
    for (const { sink } of [idle, busy]) {
      expect(sink.ended?.code).toBe("SHUTTING_DOWN");
      expect(sink.endCalls).toBe(1);
      const resumed = await subscribe(after, { after: sink.cursor });
      expect(resumed.sink.lines).toEqual(["UPDATE a 2"]);
    }
  });

  test("gives one who was told nothing for long a cursor that isn't old", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const { sink } = await subscribe(feed, { where: { v: -1 } });
    model.put("users", { _id: "a", v: 1 }, { _id: "a", v: 2 });
    await feed.close();
    model.expired = 2;
    await expect(subscribe(feedOf(model), { after: sink.cursor })).resolves.toBeDefined();
  });

  test("ends those who read history, and those who are about to subscribe", async () => {
    const model = new FakeReadModel();
    model.put("users", { _id: "a", v: 1 }, { _id: "b", v: 2 });
    const feed = feedOf(model, { maxReadings: 1 });
    const reading = await subscribe(feed, { snapshot: true }, new FakeSink(1));
    const waiting = feed.subscribe(request({ snapshot: true }), new FakeSink());
    await turns();
    await feed.close();
    expect(reading.sink.lines).toEqual(["SNAPSHOT a 1"]);
    expect(reading.sink.ended?.code).toBe("SHUTTING_DOWN");
    expect(reading.sink.cursor).toBe(reading.sink.items[0]?.cursor);
    await expect(waiting).rejects.toThrow(expect.objectContaining({ code: "SHUTTING_DOWN" }));
    expect(model.running).toBe(0);
  });

  test("waits also for one that was let in at that very moment", async () => {
    const model = new FakeReadModel();
    for (let microtasks = 0; microtasks < 20; microtasks++) {
      model.put("users", { _id: `k${microtasks}`, v: 1 });
      const feed = feedOf(model);
      const subscribing = feed.subscribe(request({ snapshot: true }), new FakeSink(1));
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      await feed.close();
      expect(model.running).toBe(0);
      expect(model.listeners.size).toBe(0);
      await Promise.allSettled([subscribing]);
    }
  });

  test("tells one who has just subscribed", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const sink = new FakeSink();
    await feed.subscribe(request(), sink);
    await feed.close();
    expect(sink.ended?.code).toBe("SHUTTING_DOWN");
  });
});

describe("a subscription that is closed at once", () => {
  test("is told nothing, not even that the feed was closed", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const sink = new FakeSink();
    const subscription = await feed.subscribe(request(), sink);
    const closing = feed.close();
    subscription.close();
    await closing;
    model.put("users", { _id: "a", v: 1 });
    expect(sink.items).toEqual([]);
    expect(sink.endCalls).toBe(0);
  });
});
