import { describe, expect, test } from "vitest";
import { readCursor } from "../../../src/feed/events/cursor.ts";
import { Resume } from "../../../src/feed/events/resume.ts";

const at = (partition: number, offset: number) => ({
  id: "k",
  event: undefined,
  record: { topic: "t", partition, offset, timestamp: 0, key: null, value: null, headers: {} },
});

describe("a resume", () => {
  test("takes each partition's events from its own place on", () => {
    const resume = new Resume([5, 0]);
    expect([resume.isDue(at(0, 4).record), resume.isDue(at(0, 5).record)]).toEqual([false, true]);
    const items = [resume.take(at(0, 7)), resume.take(at(1, 0))];
    expect(items.map(({ cursor }) => readCursor(cursor, "t"))).toEqual([
      [8, 0],
      [8, 1],
    ]);
    expect(resume.isDue(at(0, 7).record)).toBe(false);
  });

  test("a partition goes over where it stands at the live reader's position or further", () => {
    const resume = new Resume([5, 5, 5]);
    resume.handOver([4, 5, 6]);
    expect([0, 1, 2].map((partition) => resume.isLive(partition))).toEqual([true, true, false]);
    expect(resume.isHandedOver([4, 5, 6])).toBe(false);
    resume.pass(2, 8);
    resume.handOver([4, 5, 7]);
    expect(resume.isHandedOver([4, 5, 7])).toBe(true);
  });

  test("is over where the live reader has got to it, in all partitions", () => {
    const resume = new Resume([5, 5]);
    resume.handOver([4, 5]);
    expect(resume.isOver([4, 5])).toBe(false);
    expect(resume.isOver([5, 5])).toBe(true);
  });

  test("stands at the live reader's position in what has gone over, and goes back from there", () => {
    const resume = new Resume([5, 5]);
    resume.handOver([5, 9]);
    expect(resume.place([7, 12])).toEqual([7, 5]);
    resume.rewind([7, 12]);
    expect([0, 1].map((partition) => resume.next(partition))).toEqual([7, 5]);
    expect(resume.isLive(0)).toBe(false);
  });

  test("has new partitions from their first record", () => {
    const resume = new Resume([5]);
    expect(resume.isDue(at(2, 0).record)).toBe(true);
    expect(readCursor(resume.take(at(2, 0)).cursor, "t")).toEqual([5, 0, 1]);
  });
});
