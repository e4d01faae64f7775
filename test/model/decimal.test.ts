import { Big } from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, compareDecimals, describeDecimal, isStoredAsDecimal, scaleOf } from "../../src/model/decimal.ts";
import { anyDecimal } from "../support/decimals.ts";

const ASCENDING = ["-10.00", "-9.5", "-9", "-0.01", "0", "0.001", "0.01", "9", "9.5", "10.00", "100", "1000.5"];

describe("decimals", () => {
  it("compare by their value, not their text", () => {
    for (const [i, a] of ASCENDING.entries())
      for (const [j, b] of ASCENDING.entries())
        expect([a, b, Math.sign(compareDecimals(new Decimal(a), new Decimal(b)))]).toEqual([a, b, Math.sign(i - j)]);
  });

  it.each([
    ["12.5", "12.50"],
    ["0", "0.000"],
    ["-1", "-1.0"],
  ])("of another scale are equal: %s and %s", (a, b) => {
    expect(compareDecimals(new Decimal(a), new Decimal(b))).toBe(0);
  });

  it("compare as exact arithmetic says", () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        expect(Math.sign(compareDecimals(a, b))).toBe(new Big(a.text).cmp(b.text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("show their digits as text and in JSON", () => {
    expect(`${String(new Decimal("12.50"))} ${JSON.stringify({ price: new Decimal("12.50") })}`).toBe(
      '12.50 {"price":"12.50"}',
    );
  });

  it.each([
    ["1.005", "a decimal(4, 3)"],
    ["-12.50", "a decimal(4, 2)"],
    ["0.00", "a decimal(2, 2)"],
    ["0", "a decimal(1, 0)"],
    ["1e3", "a decimal that isn't written in plain digits"],
  ])("are described by their digits, and not by their value: %s", (text, words) => {
    expect(describeDecimal(new Decimal(text))).toBe(words);
  });

  it("are stored as such up to 34 digits", () => {
    expect([34, 35].map(isStoredAsDecimal)).toEqual([true, false]);
  });

  it("have a scale", () => {
    expect(["1", "-1.5", "0.001"].map(scaleOf)).toEqual([0, 1, 3]);
  });
});
