import { afterEach, describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { ConsumerHandler, EventLog, ReadKeyOptions } from "../../../src/event-log/event-log.ts";
import { scanKey } from "../../../src/event-log/kafka/scan-key.ts";
import type { LogRecord } from "../../../src/model/event.ts";

const OPTIONS: ReadKeyOptions = { topic: "t", partition: 0, key: "a", from: 0, until: 100, limit: 10 };

const recordAt = (offset: number, key: string | null = "a"): LogRecord => {
  const bytes = key === null ? null : Buffer.from(key);
  return { topic: "t", partition: 0, offset, timestamp: 0, key: bytes, value: null, headers: {} };
};

describe("looking for a key", () => {
  const stop = vi.fn(async () => await Promise.resolve());

  afterEach(() => {
    vi.useRealTimers();
    stop.mockClear();
  });

  const consuming =
    (work: (handler: ConsumerHandler) => void): EventLog["consume"] =>
    async (options, handler) => {
      expect(options).toMatchObject({ ephemeral: true, topics: ["t"] });
      work(handler);
      return await Promise.resolve({ stop });
    };
  const batch = (next: number, ...records: readonly LogRecord[]) => ({ topic: "t", partition: 0, records, next });
  const range = { low: 0, high: 50 };

  test("takes its partition alone, and lets nothing more come once it is over", async () => {
    let others: Promise<number> | undefined;
    let last: Promise<number> | undefined;
    const result = scanKey(
      { ...OPTIONS, limit: 1 },
      consuming((handler) => {
        others = handler.assigned({ topic: "t", partition: 1 }, range);
        void handler.assigned({ topic: "t", partition: 0 }, range);
        last = handler.records(batch(3, recordAt(0, "b"), recordAt(1, null), recordAt(2)));
      }),
    );
    await expect(result).resolves.toEqual({ records: [recordAt(2)], complete: true });
    await expect(others).resolves.toBe(50);
    await expect(last).resolves.toBe(3);
    await vi.waitFor(() => expect(stop).toHaveBeenCalledTimes(1));
  });

  test("ends at the end of the range, of the log, or behind markers", async () => {
    const until = scanKey(
      { ...OPTIONS, until: 2 },
      consuming((handler) => {
        void handler.assigned({ topic: "t", partition: 0 }, range);
        void handler.records(batch(3, recordAt(1), recordAt(2)));
      }),
    );
    await expect(until).resolves.toEqual({ records: [recordAt(1)], complete: true });
    const end = scanKey(
      OPTIONS,
      consuming((handler) => {
        handler.caughtUp({ topic: "t", partition: 0 }, 0);
        void handler.assigned({ topic: "t", partition: 0 }, range);
        void handler.records(batch(2, recordAt(1)));
        handler.caughtUp({ topic: "t", partition: 1 }, 9);
        handler.caughtUp({ topic: "t", partition: 0 }, 50);
      }),
    );
    await expect(end).resolves.toEqual({ records: [recordAt(1)], complete: true });
    const empty = scanKey(
      { ...OPTIONS, from: 50 },
      consuming((handler) => void handler.assigned({ topic: "t", partition: 0 }, range)),
    );
    await expect(empty).resolves.toEqual({ records: [], complete: true });
  });

  test("begins anew where it is given the partition anew", async () => {
    const result = scanKey(
      OPTIONS,
      consuming((handler) => {
        for (let time = 0; time < 2; time += 1) {
          void handler.assigned({ topic: "t", partition: 0 }, range);
          void handler.records(batch(2, recordAt(1)));
        }
        handler.caughtUp({ topic: "t", partition: 0 }, 50);
      }),
    );
    await expect(result).resolves.toEqual({ records: [recordAt(1)], complete: true });
  });

  test("looks for the newest at the end, and says where that was too short", async () => {
    const begins: unknown[] = [];
    const look = async (options: Partial<ReadKeyOptions>) =>
      await scanKey(
        { ...OPTIONS, newest: true, limit: 2, maxScanned: 10, ...options },
        consuming((handler) => {
          void handler.assigned({ topic: "t", partition: 0 }, range).then((begin) => begins.push(begin));
          void handler.records(batch(50, recordAt(44), recordAt(45), recordAt(46)));
          handler.caughtUp({ topic: "t", partition: 0 }, 50);
        }),
      );
    await expect(look({})).resolves.toEqual({ records: [recordAt(45), recordAt(46)], complete: true });
    await expect(look({ limit: 5 })).resolves.toMatchObject({ complete: false });
    await expect(look({ limit: 5, from: 41 })).resolves.toMatchObject({ complete: true });
    expect(begins).toEqual([40, 40, 41]);
  });

  test("gives up in time: with what it has, or because the log is away", async () => {
    vi.useFakeTimers();
    const slow = scanKey(
      { ...OPTIONS, timeoutMs: 100 },
      consuming((handler) => {
        void handler.assigned({ topic: "t", partition: 0 }, range);
        void handler.records(batch(2, recordAt(1)));
      }),
    );
    await vi.advanceTimersByTimeAsync(100);
    await expect(slow).resolves.toEqual({ records: [recordAt(1)], complete: false });
    const opening = Promise.withResolvers<{ readonly stop: typeof stop }>();
    const away = scanKey({ ...OPTIONS, timeoutMs: 100 }, async () => await opening.promise);
    const refusal = away.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await refusal).toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    stop.mockClear();
    opening.resolve({ stop });
    await vi.advanceTimersByTimeAsync(1);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test("fails as the opening does", async () => {
    const missing = new EventQLError("TOPIC_NOT_FOUND", "no");
    await expect(scanKey(OPTIONS, async () => await Promise.reject(missing))).rejects.toBe(missing);
  });
});
