import { describe, expect, test } from "vitest";
import { Slots } from "../../../src/feed/changes/slots.ts";
import { turns } from "./harness.ts";

const never = new AbortController().signal;

describe("slots", () => {
  test("let so many in, and the others in turn", async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    const takes = [0, 1, 2, 3].map(async (number) => {
      const giveBack = await slots.take(never);
      order.push(number);
      return giveBack;
    });
    await turns();
    expect(order).toEqual([0, 1]);
    (await takes[1])?.();
    await turns();
    expect(order).toEqual([0, 1, 2]);
    (await takes[0])?.();
    await turns();
    expect(order).toEqual([0, 1, 2, 3]);
    const more = slots.take(never).then(() => order.push(4));
    await turns();
    expect(order).toEqual([0, 1, 2, 3]);
    (await takes[3])?.();
    await more;
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test("are not taken by one who gave up waiting", async () => {
    const slots = new Slots(1);
    const giveBack = await slots.take(never);
    const impatient = new AbortController();
    const refused = slots.take(impatient.signal);
    impatient.abort();
    await expect(refused).rejects.toThrow("aborted");
    await expect(slots.take(impatient.signal)).rejects.toThrow("aborted");
    giveBack();
    await expect(slots.take(never)).resolves.toBeTypeOf("function");
  });

  test("are waited for only so long", async () => {
    const slots = new Slots(1);
    const giveBack = await slots.take(never, 1);
    const [refused, patient] = [slots.take(never, 1), slots.take(never)];
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: "READ_MODEL_UNAVAILABLE" }));
    expect(slots.areAwaited).toBe(true);
    giveBack();
    await expect(patient).resolves.toBeTypeOf("function");
    expect(slots.areAwaited).toBe(false);
  });
});
