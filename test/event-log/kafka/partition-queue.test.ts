import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Fetching, PartitionQueue } from "../../../src/event-log/kafka/partition-queue.ts";
import type { Chunk } from "../../../src/event-log/kafka/records.ts";

const of = { topic: "t", partition: 0 };

/** Records at the offsets given, and a position behind them. */
function chunk(offsets: readonly number[], next: number, bytes = 10): Chunk {
  const parts = { ...of, timestamp: 0, key: null, value: null, headers: {} };
  return { records: offsets.map((offset) => ({ ...parts, offset })), next, bytes };
}

describe("partition queue", () => {
  async function setUp(position = 0, high = 10, growthMs = 0): Promise<{ queue: PartitionQueue; calls: string[] }> {
    const calls: string[] = [];
    const fetching: Fetching = {
      range: () => Promise.resolve({ low: 0, high }),
      fetchFrom: (_, from) => calls.push(`from ${from}`),
      pause: () => calls.push("pause"),
      resume: () => calls.push("resume"),
    };
    const end = new AbortController();
    onTestFinished(() => end.abort());
    const queue = new PartitionQueue({ of, fetching, maxBytes: 25, growthMs, signal: end.signal });
    await queue.range();
    queue.seek(position);
    await vi.waitFor(() => expect(calls).toEqual([`from ${position}`]));
    calls.length = 0;
    return { queue, calls };
  }

  const offsets = (queue: PartitionQueue): number[] | undefined => queue.take()?.records.map(({ offset }) => offset);

  it("hands over everything held, over gaps, and the position behind it", async () => {
    const { queue } = await setUp();
    queue.accept(chunk([0, 3], 5), 10);
    queue.accept(chunk([7], 9), 10);
    expect(queue.take()).toMatchObject({ ...of, next: 9, records: [{ offset: 0 }, { offset: 3 }, { offset: 7 }] });
    expect(queue.take()).toBeUndefined();
  });

  it("waits for more while far behind, until it is full", async () => {
    const { queue } = await setUp(0, 1_000, 60_000);
    queue.accept(chunk([0], 1), 1_000);
    expect(queue.take()).toBeUndefined();
    queue.accept(chunk([1], 2, 20), 1_000);
    expect(offsets(queue)).toEqual([0, 1]);
  });

  it("waits for nothing near the log's end: what is missing may be of an open transaction", async () => {
    const { queue } = await setUp(0, 10, 60_000);
    queue.accept(chunk([0], 1), 10);
    expect(offsets(queue)).toEqual([0]);
  });

  it("waits for nothing at the log's end", async () => {
    const { queue } = await setUp(0, 10, 60_000);
    queue.accept(chunk([9], 10), 10);
    expect(offsets(queue)).toEqual([9]);
  });

  it("waits no longer than a while for what does not come", async () => {
    const { queue } = await setUp(0, 1_000, 5);
    queue.accept(chunk([0], 1), 1_000);
    expect(queue.take()).toBeUndefined();
    await vi.waitFor(() => expect(offsets(queue)).toEqual([0]));
  });

  it("expects only what was fetched from its own position", async () => {
    const { queue } = await setUp(4);
    expect([3, 4, 5].map((position) => queue.expects(position))).toEqual([false, true, false]);
    queue.accept(chunk([4], 6), 10);
    expect(queue.expects(6)).toBe(true);
  });

  it("expects nothing between a seek and its taking effect", async () => {
    const { queue, calls } = await setUp();
    queue.accept(chunk([0, 1], 2), 10);
    queue.seek(50);
    expect(queue.waiting).toBe(false);
    expect([0, 2, 50].some((position) => queue.expects(position))).toBe(false);
    queue.passed(undefined, 99, 99);
    await vi.waitFor(() => expect(calls).toEqual(["from 50"]));
    expect(queue.expects(50)).toBe(true);
    expect(offsets(queue)).toBeUndefined();
  });

  it("goes back within the batch last taken without fetching again", async () => {
    const { queue, calls } = await setUp();
    queue.accept(chunk([0, 1, 2], 3), 10);
    queue.take();
    queue.accept(chunk([3], 4), 10);
    queue.seek(1);
    expect(offsets(queue)).toEqual([1, 2, 3]);
    expect(calls).toEqual([]);
  });

  it("pauses fetching at its bound, and resumes when its records are taken", async () => {
    const { queue, calls } = await setUp();
    queue.accept(chunk([0], 1), 10);
    queue.accept(chunk([1], 2), 10);
    expect(calls).toEqual([]);
    queue.accept(chunk([2], 3), 10);
    queue.accept(chunk([3], 4), 10);
    expect(calls).toEqual(["pause"]);
    queue.take();
    expect(calls).toEqual(["pause", "resume"]);
  });

  it("is at the end only when all is taken, and by its position: markers count", async () => {
    const { queue } = await setUp(0, 4);
    expect(queue.end()).toBeUndefined();
    queue.accept(chunk([0, 1], 2), 4);
    expect(queue.end()).toBeUndefined();
    queue.take();
    expect(queue.end()).toBeUndefined();
    expect(queue.starvedAt).toBe(2);
    queue.passed(2, 4, 4);
    expect(queue.end()).toBe(4);
    expect(queue.starvedAt).toBeUndefined();
  });

  it("ignores markers that it has passed before, and such as lie elsewhere", async () => {
    const { queue } = await setUp(5);
    queue.passed(2, 4, 10);
    queue.passed(3, 8, 10);
    expect(queue.expects(5)).toBe(true);
    queue.passed(6, 8, 10);
    expect(queue.expects(8)).toBe(true);
  });

  it("takes the last stable offset for the end where an open transaction holds it back", async () => {
    const { queue } = await setUp(0, 9);
    queue.accept(chunk([0], 1), 9);
    queue.take();
    queue.observeEnd(1);
    expect(queue.end()).toBe(1);
  });
});
