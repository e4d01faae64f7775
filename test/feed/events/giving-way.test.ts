import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { EventFeed } from "../../../src/feed/event-feed.ts";
import { toCursor } from "../../../src/feed/events/cursor.ts";
import { embeddedLog, feedOf, type OpenedConsumer, request, watchConsumers } from "./feed-under-test.ts";
import { eventBytes } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

const BEGINNING = toCursor("t", [0, 0, 0]);
const TEXTS = Array.from({ length: 400 }, (_, index) => String(index));

async function filledLog(): Promise<{ readonly log: EventLog; readonly opened: readonly OpenedConsumer[] }> {
  const { log } = await embeddedLog();
  await Promise.all(
    TEXTS.map((text) => log.append({ topic: "t", key: "a", value: eventBytes("Added", text), headers: {} })),
  );
  return { log, opened: watchConsumers(log) };
}

/** Subscribers with a reader each, who take one item now and then until the test ends; undefined: none. */
async function slowOnes(
  feed: EventFeed,
  opened: readonly OpenedConsumer[],
  everyMs: number | undefined,
): Promise<readonly TestSink[]> {
  const slow = [new TestSink(1), new TestSink(1), new TestSink(1)];
  for (const [i, sink] of slow.entries()) {
    await feed.subscribe(request({ after: BEGINNING }), sink);
    await vi.waitFor(() => expect(opened).toHaveLength(i + 2));
  }
  if (everyMs === undefined) return slow;
  const timer = setInterval(() => slow.forEach((sink) => !sink.hasRoom() && sink.give(1)), everyMs);
  onTestFinished(() => clearInterval(timer));
  await vi.waitFor(() => expect(slow.every(({ items }) => items.length > 3)).toBe(true));
  return slow;
}

describe("readers of history", () => {
  test.each([
    ["take nothing for a while", undefined, 20],
    ["take one item at a time, each before its grace is over", 10, 100],
  ])("give way: a quick one gets all while as many as may be %s", async (_, everyMs, graceMs) => {
    const { log, opened } = await filledLog();
    const feed = feedOf(log, { graceMs, stallMs: 60_000 });
    const slow = await slowOnes(feed, opened, everyMs);
    const quick = new TestSink();
    await feed.subscribe(request({ after: BEGINNING }), quick);
    await vi.waitFor(() => expect(quick.texts()).toEqual(TEXTS), 2_000);
    expect(slow.every(({ items }) => items.length < TEXTS.length)).toBe(true);
    for (const sink of slow) sink.give();
    await vi.waitFor(() => expect(slow.map((sink) => sink.texts())).toEqual(slow.map(() => TEXTS)), 5_000);
    for (const sink of [...slow, quick]) expect([sink.ended, ...sink.breaches]).toEqual([undefined]);
  });

  test("are kept by slow ones while nobody waits", async () => {
    const { log, opened } = await filledLog();
    const slow = await slowOnes(feedOf(log, { graceMs: 1 }), opened, 2);
    await vi.waitFor(() => expect(slow.every(({ items }) => items.length > 30)).toBe(true), 5_000);
    expect(opened).toHaveLength(4);
  });
});
