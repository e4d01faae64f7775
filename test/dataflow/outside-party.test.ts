import { describe, expect, test, vi } from "vitest";
import { askParty, pauseOf } from "../../src/dataflow/outside-party.ts";

const retry = { retries: 2, minDelayMs: 1, maxDelayMs: 2, jitter: true };

describe("outside parties", () => {
  test("pauses double up to the longest, and jitter draws any up to that", () => {
    const steady = { minDelayMs: 100, maxDelayMs: 1_000, jitter: false };
    expect([0, 1, 2, 3, 4, 50].map((attempt) => pauseOf(attempt, steady))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(pauseOf(2, { ...steady, jitter: true }, 0.25)).toBe(100);
  });

  test("are asked as often as may be, and no more once nothing new is to begin", async () => {
    const [stopping, ended] = [new AbortController(), new AbortController()];
    const ends = { stopping: stopping.signal, ended: ended.signal };
    const run = vi.fn<() => number>(() => {
      if (run.mock.calls.length < 3) throw new TypeError("not yet.");
      return 7;
    });
    expect(await askParty({ run, retry, ends, what: "It" })).toBe(7);
    run.mockClear();
    const hasty = { ...retry, retries: 1 };
    await expect(askParty({ run, retry: hasty, ends, what: "It" })).rejects.toMatchObject({
      code: "CALL_FAILED",
      message: "It failed 2 times, the last time so: not yet.",
    });
    run.mockClear();
    const hanging = askParty({ run: async () => await new Promise(() => {}), retry, ends, what: "It" });
    stopping.abort();
    await expect(askParty({ run, retry, ends, what: "It" })).rejects.toBe(stopping.signal.reason);
    expect(run).not.toHaveBeenCalled();
    ended.abort();
    await expect(hanging).rejects.toBe(ended.signal.reason);
  });
});
