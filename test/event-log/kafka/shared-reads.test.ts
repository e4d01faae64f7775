import { describe, expect, test } from "vitest";
import { SharedReads } from "../../../src/event-log/kafka/shared-reads.ts";

describe("shared reads", () => {
  /** Readings that a test ends one by one: each gives its number. */
  function counted(): { read: (key?: string) => Promise<number>; end: (at: number) => Promise<void> } {
    const reads = new SharedReads<number>();
    const begun: PromiseWithResolvers<number>[] = [];
    const end = async (at: number): Promise<void> => {
      await expect.poll(() => begun.length).toBeGreaterThan(at);
      begun[at]?.resolve(at);
    };
    const read = async (key = "k"): Promise<number> =>
      await reads.read(key, () => {
        const reading = Promise.withResolvers<number>();
        begun.push(reading);
        return reading.promise;
      });
    return { read, end };
  }

  test("give each one a reading that began after it was asked for", async () => {
    const { read, end } = counted();
    const first = read();
    const [second, third] = [read(), read()];
    await end(0);
    expect(await first).toBe(0);
    await end(1);
    const fourth = read();
    expect(await Promise.all([second, third])).toEqual([1, 1]);
    await end(2);
    expect(await fourth).toBe(2);
  });

  test("are apart where they are of different things", async () => {
    const { read, end } = counted();
    const both = [read("a"), read("b")];
    await end(1);
    expect(await both[1]).toBe(1);
    await end(0);
    expect(await both[0]).toBe(0);
  });

  test("fail for those who share them, and for no others", async () => {
    const reads = new SharedReads<number>();
    const failing = reads.read("k", () => Promise.reject(new TypeError("no")));
    const next = reads.read("k", () => Promise.resolve(1));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe(1);
  });
});
