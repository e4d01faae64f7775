import { describe, expect, test, vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { EventItem } from "../../../src/feed/event-feed.ts";
import { embeddedLog, feedOf, request, watchConsumers } from "./feed-under-test.ts";
import { eventBytes } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

/** Takes what it has in the next turn. */
class QuickSink extends TestSink {
  readonly #bound: number;

  constructor(bound: number) {
    super(bound);
    this.#bound = bound;
  }

  override next(item: EventItem): void {
    super.next(item);
    setImmediate(() => this.give(this.#bound));
  }
}

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

/** Appends events `from` to `to`, to keys of all partitions, as one burst. */
async function append(log: EventLog, from: number, to: number): Promise<void> {
  const written = texts(from, to).map((text) =>
    log.append({ topic: "t", key: `k${Number(text) % 7}`, value: eventBytes("Added", text), headers: {} }),
  );
  await Promise.all(written);
}

/** What a sink had of each key, in order. */
function byKey({ items }: TestSink): ReadonlyMap<string, readonly unknown[]> {
  return Map.groupBy(
    items.map(({ id, event }) => ({ id, text: event?.payload["text"] })),
    ({ id }) => id,
  );
}

describe("a subscriber whose sink is full", () => {
  test("gets a burst beyond its bound whole and in order, as do many, and the log isn't read again", async () => {
    const { log } = await embeddedLog();
    const opened = watchConsumers(log);
    const feed = feedOf(log);
    const all = new TestSink();
    await feed.subscribe(request(), all);
    const sinks = Array.from({ length: 50 }, (_, index) => new QuickSink(1 + (index % 4)));
    for (const sink of sinks) await feed.subscribe(request(), sink);
    await append(log, 0, 500);
    await vi.waitFor(() => expect(all.items).toHaveLength(500));
    await vi.waitFor(() => expect(sinks.every(({ items }) => items.length === 500)).toBe(true), 5_000);
    for (const sink of sinks) {
      expect(sink.items).toEqual(all.items);
      expect([sink.ended, ...sink.breaches]).toEqual([undefined]);
    }
    await append(log, 500, 501);
    await vi.waitFor(() => expect(sinks.every((sink) => sink.texts().at(-1) === "500")).toBe(true));
    expect(opened).toHaveLength(1);
  });

  test("reads again what was too much to hold while it waited for room", async () => {
    const { log } = await embeddedLog();
    const opened = watchConsumers(log);
    const feed = feedOf(log, { maxHeldBack: 10 });
    const [slow, all] = [new TestSink(2), new TestSink()];
    await feed.subscribe(request(), slow);
    await feed.subscribe(request(), all);
    await append(log, 0, 100);
    await vi.waitFor(() => expect(all.items).toHaveLength(100));
    expect([slow.items.length, opened.length]).toEqual([2, 1]);
    slow.give();
    await vi.waitFor(() => expect(slow.items).toHaveLength(100));
    await append(log, 100, 130);
    await vi.waitFor(() => expect(all.items).toHaveLength(130));
    await vi.waitFor(() => expect(byKey(slow)).toEqual(byKey(all)));
    await vi.waitFor(() => expect(opened.map(({ stopped }) => stopped)).toEqual([false, true]));
  });

  test.each([1_000, 3, 0])(
    "ends where there is no room for long, with a cursor for the rest, %i being held",
    async (maxHeldBack) => {
      const { log } = await embeddedLog();
      const opened = watchConsumers(log);
      const feed = feedOf(log, { maxHeldBack, stallMs: 100 });
      const [slow, all] = [new TestSink(2), new TestSink()];
      await feed.subscribe(request(), slow);
      await feed.subscribe(request(), all);
      await append(log, 0, 40);
      await vi.waitFor(() => expect(all.items).toHaveLength(40));
      const fullSince = performance.now();
      await vi.waitFor(() => expect(slow.ended).toMatchObject({ code: "SUBSCRIBER_TOO_SLOW", retriable: true }));
      expect(performance.now() - fullSince).toBeLessThan(1_000);
      expect(slow.items).toHaveLength(2);
      expect(opened).toHaveLength(1);
      const rest = new TestSink();
      await feed.subscribe(request({ after: String(slow.ended?.details["cursor"]) }), rest);
      await vi.waitFor(() => expect(rest.items).toHaveLength(38));
      expect([...slow.texts(), ...rest.texts()].toSorted()).toEqual(all.texts().toSorted());
    },
  );

  test("gets each item with a cursor from which the rest comes", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const [quick, all] = [new QuickSink(1), new TestSink()];
    await feed.subscribe(request(), quick);
    await feed.subscribe(request(), all);
    await append(log, 0, 60);
    await vi.waitFor(() => expect(quick.items).toHaveLength(60));
    for (const at of [0, 1, 20, 41, 58]) {
      const rest = new TestSink();
      await feed.subscribe(request({ after: quick.items[at]?.cursor }), rest);
      await vi.waitFor(() => expect(rest.items).toHaveLength(59 - at));
      expect(rest.texts().toSorted()).toEqual(
        quick
          .texts()
          .slice(at + 1)
          .toSorted(),
      );
    }
  });

  test.each([1_000, 3])("is ended with its cursor when the feed closes, %i being held", async (maxHeldBack) => {
    const { log } = await embeddedLog();
    const feed = feedOf(log, { maxHeldBack });
    const [slow, gone, all] = [new TestSink(1), new TestSink(1), new TestSink()];
    await feed.subscribe(request(), slow);
    const leaving = await feed.subscribe(request(), gone);
    await feed.subscribe(request(), all);
    await append(log, 0, 30);
    await vi.waitFor(() => expect(all.items).toHaveLength(30));
    leaving.close();
    gone.give();
    await feed.close();
    expect(slow.ended).toMatchObject({ code: "SHUTTING_DOWN" });
    expect([gone.items.length, gone.ended]).toEqual([1, undefined]);
    const rest = new TestSink();
    await feedOf(log).subscribe(request({ after: String(slow.ended?.details["cursor"]) }), rest);
    await vi.waitFor(() => expect(rest.items).toHaveLength(29));
    expect([...slow.texts(), ...rest.texts()].toSorted()).toEqual(all.texts().toSorted());
  });

  test("whose sink throws while it catches up ends alone", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const [faulty, all] = [new TestSink(1), new TestSink()];
    await feed.subscribe(request(), faulty);
    await feed.subscribe(request(), all);
    await append(log, 0, 5);
    await vi.waitFor(() => expect(all.items).toHaveLength(5));
    vi.spyOn(faulty, "next").mockImplementation(() => {
      throw new TypeError("broken");
    });
    faulty.give();
    await vi.waitFor(() => expect(faulty.ended).toMatchObject({ code: "INTERNAL" }));
    expect(all.ended).toBeUndefined();
  });
});
