import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ParkedKeys, type ParkedKeysOptions } from "../../../src/command/processor/parked-keys.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";

const find = vi.fn<ReadModel["find"]>();
const onFreed = vi.fn<ParkedKeysOptions["onFreed"]>();

function parkedKeys(...keys: readonly string[]): ParkedKeys {
  find.mockReset();
  onFreed.mockReset();
  find.mockResolvedValue(keys.map((key) => ({ _id: key, key, partition: 0 })));
  return new ParkedKeys({
    readModel: { find },
    names: { parkedKeys: "parked" },
    projection: "p",
    onFreed,
    partitions: [{ topic: "t", partition: 0 }],
  });
}

describe("parked keys", () => {
  test("are read again as the projection moves, but not for each of its steps", async () => {
    const parked = parkedKeys("a");
    await parked.refresh(["b"]);
    parked.stale();
    await parked.refresh(["b"]);
    expect([parked.has("a"), parked.has("b"), find.mock.calls.length]).toEqual([true, false, 1]);
  });

  test("of other keys aren't waited for, once they were read", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const parked = parkedKeys("a");
    await parked.refresh(["b"]);
    parked.stale();
    vi.advanceTimersByTime(2_000);
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<ReadModel["find"]>>>();
    find.mockReturnValueOnce(promise);
    await parked.refresh(["b"]);
    expect([parked.has("b"), find.mock.calls.length]).toEqual([false, 2]);
    resolve([{ _id: "b", key: "b", partition: 0 }]);
    await vi.waitFor(() => expect(parked.has("b")).toBe(true));
  });

  test("refuse nothing that may be free by now", async () => {
    const parked = parkedKeys("a");
    await parked.refresh(["a"]);
    await parked.refresh(["a"]);
    expect(find).toHaveBeenCalledTimes(1);
    parked.stale();
    find.mockResolvedValue([]);
    await parked.refresh(["a"]);
    expect(parked.has("a")).toBe(false);
    expect(onFreed.mock.calls).toEqual([[new Map([["a", { partition: 0 }]])]]);
  });

  test("aren't taken to be read where that failed", async () => {
    const parked = parkedKeys("a");
    find.mockRejectedValueOnce(new TypeError("away")).mockRejectedValueOnce(new TypeError("away"));
    for (let time = 0; time < 2; time += 1) await expect(parked.refresh()).rejects.toThrow("away");
    await parked.refresh();
    expect(parked.has("a")).toBe(true);
  });
});
