import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addExactly, sumOf } from "../../../src/model/windows/exact-sum.ts";

function sumAll(values: readonly number[]): number {
  return sumOf(values.reduce(addExactly, []));
}

/** As 2⁻³⁰⁰, exactly: all doubles that the tests have are multiples of it. */
const SCALE = 300;

function scaled(value: number): bigint {
  let [mantissa, exponent] = [value, SCALE];
  while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent - 1];
  return BigInt(mantissa) * 2n ** BigInt(exponent);
}

describe("sums of doubles", () => {
  const number = fc.oneof(
    fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 })).map(([digits, power]) => digits * 2 ** power),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.round(value * 100) / 100),
  );

  it("are the nearest to what the values have in all, in whichever order", () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 30 }), (values) => {
        const exact = values.reduce((sum, value) => sum + scaled(value), 0n);
        expect(sumAll(values) + 0).toBe(Number(exact) * 2 ** -SCALE + 0);
        expect(sumAll(values.toReversed()) + 0).toBe(sumAll(values) + 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[readonly number[], number]>([
    [[], 0],
    [[0.1, 0.2, 0.3], 0.6],
    [[1e100, 1, -1e100], 1],
    [Array.from({ length: 10 }, () => 0.1), 1],
    [[Infinity, 1, 2], Infinity],
    [[1, Infinity, -Infinity, 2], Number.NaN],
    [[Number.NaN, 1], Number.NaN],
    [[1.7e308, 1.7e308, 1], Infinity],
    // Half a digit is rounded to the even neighbour, but not with something beyond it.
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 2 ** -200], 2 ** 53 + 2],
  ])("of %j are %d", (values, sum) => {
    expect(sumAll(values)).toBe(sum);
    expect(sumAll(values.toReversed())).toBe(sum);
  });
});
