import { expect, test } from "vitest";
import { SharedCall } from "../../../src/feed/events/shared-call.ts";

test("those who ask while a call is under way share the next one", async () => {
  const calls: PromiseWithResolvers<number>[] = [];
  const shared = new SharedCall(() => {
    const call = Promise.withResolvers<number>();
    calls.push(call);
    return call.promise;
  });
  const first = shared.call();
  const [second, third] = [shared.call(), shared.call()];
  expect(calls).toHaveLength(1);
  calls[0]?.resolve(1);
  expect(await first).toBe(1);
  await expect.poll(() => calls.length).toBe(2);
  calls[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  const fourth = shared.call();
  expect(calls).toHaveLength(3);
  calls[2]?.resolve(3);
  expect(await fourth).toBe(3);
});

test("a call that fails, fails for those who made it alone", async () => {
  let calls = 0;
  const shared = new SharedCall(async () => {
    calls += 1;
    if (calls === 1) throw new TypeError("away");
    return calls;
  });
  const [first, second] = [shared.call(), shared.call()];
  await expect(first).rejects.toThrow("away");
  expect(await second).toBe(2);
});
