import { expect, test } from "vitest";
import { sharedReads } from "../../src/command/shared-reads.ts";

test("a log is asked once for all who want to know the same, and never answers with what was so before the question", async () => {
  const asked: PromiseWithResolvers<(number | undefined)[]>[] = [];
  const unused = async (): Promise<never> => await Promise.reject(new TypeError("nobody asks that"));
  const log = sharedReads({
    committed: async () => {
      const answer = Promise.withResolvers<(number | undefined)[]>();
      asked.push(answer);
      return await answer.promise;
    },
    offsets: unused,
    readRange: unused,
  });
  const first = log.committed("a", "t");
  const later = [log.committed("a", "t"), log.committed("a", "t")];
  const other = log.committed("b", "t");
  expect(asked).toHaveLength(2);
  asked[1]?.resolve([9]);
  asked[0]?.reject(new RangeError("broken"));
  expect(await other).toEqual([9]);
  await expect(first).rejects.toThrow("broken");
  await expect.poll(() => asked.length).toBe(3);
  asked[2]?.resolve([2]);
  expect(await Promise.all(later)).toEqual([[2], [2]]);
  const again = log.committed("a", "t");
  asked[3]?.resolve([3]);
  expect(await again).toEqual([3]);
});
