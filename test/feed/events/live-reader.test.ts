import { describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { ConsumerHandler, EventLog, OffsetRange } from "../../../src/event-log/event-log.ts";
import { readCursor, toCursor } from "../../../src/feed/events/cursor.ts";
import { nextTurn } from "../../../src/feed/events/turns.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import { embeddedLog, feedOf, request } from "./feed-under-test.ts";
import { eventBytes } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

/** A log whose consumers a test drives by hand. */
interface DrivenLog {
  readonly log: EventLog;
  /** The log's offsets, by partition. */
  ranges: OffsetRange[];
  readonly handlers: ConsumerHandler[];
  /** Where each handler begins, by partition. */
  readonly begun: number[][];
  readonly stops: number[];
}

async function drivenLog(ranges: OffsetRange[]): Promise<DrivenLog> {
  const { log } = await embeddedLog();
  const driven: DrivenLog = { log, ranges, handlers: [], begun: [], stops: [] };
  vi.spyOn(log, "offsets").mockImplementation(async () => driven.ranges);
  vi.spyOn(log, "consume").mockImplementation(async (_, handler) => {
    const index = driven.handlers.push(handler) - 1;
    const positions = driven.ranges.map((range, partition) => handler.assigned({ topic: "t", partition }, range));
    driven.begun[index] = await Promise.all(positions);
    return { stop: async () => void driven.stops.push(index) };
  });
  return driven;
}

function record(partition: number, offset: number): LogRecord {
  const value = eventBytes("Added", `${partition}/${offset}`);
  return { topic: "t", partition, offset, timestamp: 0, key: Buffer.from("k"), value, headers: {} };
}

async function deliver(handler: ConsumerHandler | undefined, partition: number, ...offsets: number[]): Promise<void> {
  const records = offsets.map((offset) => record(partition, offset));
  await handler?.records({ topic: "t", partition, records, next: (offsets.at(-1) ?? 0) + 1 });
}

const ten: OffsetRange = { low: 0, high: 10 };

describe("a live reader", () => {
  test("goes on from its own positions after a rebalance", async () => {
    const { log, handlers, begun } = await drivenLog([ten, ten]);
    const sink = new TestSink();
    await feedOf(log).subscribe(request(), sink);
    expect(begun).toEqual([[10, 10]]);
    await deliver(handlers[0], 0, 10, 11);
    expect(await handlers[0]?.assigned({ topic: "t", partition: 0 }, { low: 3, high: 20 })).toBe(12);
    expect(await handlers[0]?.assigned({ topic: "t", partition: 1 }, { low: 3, high: 20 })).toBe(10);
    expect(sink.texts()).toEqual(["0/10", "0/11"]);
    expect(sink.ended).toBeUndefined();
  });

  test("tells a batch once, though it is given again", async () => {
    const { log, handlers } = await drivenLog([ten]);
    const sink = new TestSink();
    await feedOf(log).subscribe(request(), sink);
    await deliver(handlers[0], 0, 10, 11);
    await deliver(handlers[0], 0, 10, 11, 12);
    expect(sink.texts()).toEqual(["0/10", "0/11", "0/12"]);
  });

  test("moves its cursors past what holds no records", async () => {
    const { log, handlers } = await drivenLog([ten, ten]);
    const sink = new TestSink();
    await feedOf(log).subscribe(request(), sink);
    handlers[0]?.caughtUp({ topic: "t", partition: 1 }, 15);
    await deliver(handlers[0], 0, 10);
    expect(readCursor(sink.items[0]?.cursor ?? "", "t")).toEqual([11, 15]);
  });

  test.each([
    ["removed records that it had not read", { low: 14, high: 20 }, "CURSOR_EXPIRED", 14],
    ["lost records that it had read", { low: 0, high: 5 }, "CURSOR_INVALID", 5],
  ])("ends its subscribers where the log has %s, and serves new ones", async (_, range, code, position) => {
    const { log, handlers } = await drivenLog([ten]);
    const feed = feedOf(log);
    const [sink, next] = [new TestSink(), new TestSink()];
    await feed.subscribe(request(), sink);
    expect(await handlers[0]?.assigned({ topic: "t", partition: 0 }, range)).toBe(position);
    expect(sink.ended).toMatchObject({ code });
    expect(sink.ended?.details).not.toHaveProperty("cursor");
    await feed.subscribe(request(), next);
    await deliver(handlers[0], 0, position);
    expect(next.texts()).toEqual([`0/${position}`]);
    expect(sink.items).toEqual([]);
  });

  test("takes up partitions that the topic got, from their first record", async () => {
    const driven = await drivenLog([ten]);
    const { log, handlers, begun, stops } = driven;
    const feed = feedOf(log);
    const [old, resumed] = [new TestSink(), new TestSink()];
    await feed.subscribe(request(), old);
    driven.ranges = [ten, { low: 0, high: 3 }];
    await feed.subscribe(request({ after: toCursor("t", [10, 2]) }), resumed);
    expect(stops).toEqual([0]);
    expect(begun[1]).toEqual([10, 0]);
    await deliver(handlers[1], 1, 0, 1, 2);
    await deliver(handlers[1], 0, 10);
    expect(old.texts()).toEqual(["1/0", "1/1", "1/2", "0/10"]);
    expect(resumed.texts()).toEqual(["1/2", "0/10"]);
    expect(readCursor(resumed.items[0]?.cursor ?? "", "t")).toEqual([10, 3]);
  });

  test("ends all where the topic turns out to be gone, and begins anew when it is there again", async () => {
    const driven = await drivenLog([ten]);
    const { log, handlers } = driven;
    const feed = feedOf(log);
    const [first, second] = [new TestSink(), new TestSink()];
    await feed.subscribe(request(), first);
    driven.ranges = [ten, ten];
    const gone = new EventQLError("TOPIC_NOT_FOUND", "It is gone.");
    vi.spyOn(log, "consume").mockRejectedValueOnce(gone);
    const resuming = feed.subscribe(request({ after: toCursor("t", [10, 10]) }), new TestSink());
    await expect(resuming).rejects.toBe(gone);
    expect(first.ended).toMatchObject({ code: "TOPIC_NOT_FOUND" });
    await feed.subscribe(request(), second);
    await deliver(handlers.at(-1), 1, 10);
    expect(second.texts()).toEqual(["1/10"]);
  });

  test("may take one over that waits for room, for whom history isn't read then any more", async () => {
    const { log, handlers, stops } = await drivenLog([ten]);
    const feed = feedOf(log, { graceMs: 1 });
    const [slow, other] = [new TestSink(1), new TestSink()];
    for (const sink of [slow, other]) await feed.subscribe(request({ after: toCursor("t", [9]) }), sink);
    await vi.waitFor(() => expect(handlers).toHaveLength(2));
    await deliver(handlers[1], 0, 9, 10);
    expect([slow, other].map((sink) => sink.texts())).toEqual([["0/9"], ["0/9", "0/10"]]);
    await handlers[0]?.assigned({ topic: "t", partition: 0 }, { low: 0, high: 11 });
    slow.give();
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    await deliver(handlers[0], 0, 10, 11);
    for (const sink of [slow, other]) expect(sink.texts()).toEqual(["0/9", "0/10", "0/11"]);
    expect([handlers.length, stops]).toEqual([2, [1]]);
  });

  test("takes up a partition that appears by itself", async () => {
    const { log, handlers } = await drivenLog([ten]);
    const feed = feedOf(log);
    const [live, resumed] = [new TestSink(), new TestSink()];
    await feed.subscribe(request(), live);
    await feed.subscribe(request({ after: toCursor("t", [10]) }), resumed);
    expect(await handlers[0]?.assigned({ topic: "t", partition: 1 }, { low: 0, high: 4 })).toBe(0);
    await deliver(handlers[0], 1, 0);
    for (const sink of [live, resumed]) expect(sink.texts()).toEqual(["1/0"]);
  });
});
