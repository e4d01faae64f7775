import { describe, expect, test } from "vitest";
import { type FollowedCopy, copiesPassed } from "../../src/command/copies-passed.ts";
import { EventQLError } from "../../src/errors.ts";
import type { LogRecord } from "../../src/model/event.ts";

const THROUGH = "eventql.p.123456";
const position = { topic: "orders", partition: 1, offset: 5 };

/** A log with an intermediate topic of two partitions; `records` are the offsets that hold some, the others markers. */
class Log {
  /** How far the stream is, at each time of asking; the last one stays. */
  stored: (number | undefined)[] = [6];
  records: readonly (readonly number[])[] = [[], []];
  ends: readonly number[] = [0, 0];
  next = [0, 0];
  /** Up to where records can be read, at each time of reading; the last one stays. */
  stable: number[] = [];
  readonly asked: string[] = [];
  readonly waited: string[] = [];

  following(timeoutMs = 1_000): FollowedCopy {
    const end = performance.now() + timeoutMs;
    const record: Omit<LogRecord, "partition" | "offset"> = {
      topic: THROUGH,
      timestamp: 0,
      key: null,
      value: null,
      headers: {},
    };
    return {
      through: THROUGH,
      position,
      ownerOf: (topic) => `g-stream-${topic}`,
      left: () => {
        const ms = end - performance.now();
        if (ms <= 0) throw new EventQLError("NOT_YET_PROJECTED", "too late");
        return ms;
      },
      nextOf: (partition) => this.next[partition] ?? 0,
      passed: async (partition, offset) => {
        this.waited.push(`${partition}/${offset}`);
        this.next[partition] = offset + 1;
      },
      log: {
        committed: async (name, topic) => {
          this.asked.push(`${name} ${topic}`);
          const stored = this.stored.length > 1 ? this.stored.shift() : this.stored[0];
          return [undefined, stored];
        },
        offsets: async (_topic, { written = false } = {}) =>
          this.ends.map((high) => ({ low: 0, high: written ? high : 0 })),
        readRange: async ({ partition, from, until = 0, limit = 1 }) => {
          const offsets = (this.records[partition] ?? []).filter((offset) => offset >= from && offset < until);
          const some = offsets.slice(0, limit).map((offset) => ({ ...record, partition, offset }));
          const stable = this.stable.length > 1 ? this.stable.shift() : this.stable[0];
          const next = Math.min(until, stable ?? until);
          return { records: some.filter(({ offset }) => offset < next), next, complete: next >= until };
        },
      },
    };
  }
}

describe("waiting for the copies of an event", () => {
  test("waits until the stream is behind the event, then for what stands in the intermediate topic", async () => {
    const log = new Log();
    log.stored = [undefined, 5, 6];
    log.records = [[0, 2], [0]];
    log.ends = [4, 2];
    log.next = [1, 1];
    await copiesPassed(log.following());
    expect(log.asked).toStrictEqual(Array.from({ length: 3 }, () => `g-stream-${THROUGH} orders`));
    expect(log.waited).toStrictEqual(["0/2"]);
  });

  test("doesn't wait for the markers of transactions, which no checkpoint moves past", async () => {
    const log = new Log();
    log.records = [[0], []];
    log.ends = [3, 2];
    log.next = [1, 0];
    await copiesPassed(log.following());
    expect(log.waited).toStrictEqual([]);
  });

  test("waits for what is written and can't be read yet", async () => {
    const log = new Log();
    log.records = [[0, 1], []];
    log.ends = [3, 0];
    log.next = [1, 0];
    log.stable = [1, 1, 3];
    await copiesPassed(log.following());
    expect(log.waited).toStrictEqual(["0/1"]);
  });

  test("ends as not yet projected where the stream isn't there in time", async () => {
    const log = new Log();
    log.stored = [5];
    await expect(copiesPassed(log.following(40))).rejects.toThrow(
      expect.objectContaining({ code: "NOT_YET_PROJECTED" }),
    );
  });
});
