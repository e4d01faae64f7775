import fc from "fast-check";
import { Decimal128 } from "mongodb";
import { describe, expect, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { decimal128Value, toDecimal128 } from "../../../src/read-model/mongodb/decimal128-value.ts";
import { anyDecimal } from "../../support/decimals.ts";

describe("a decimal in BSON", () => {
  it("is what the driver reads from its text", () => {
    fc.assert(
      fc.property(anyDecimal, (decimal) => {
        expect(toDecimal128(decimal).toString()).toBe(Decimal128.fromString(decimal.text).toString());
      }),
      { numRuns: 1_000 },
    );
  });

  it("comes back with its digits and its scale", () => {
    fc.assert(
      fc.property(anyDecimal, (decimal) => {
        expect(decimal128Value(toDecimal128(decimal))).toStrictEqual(decimal);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["1E+3", new Decimal("1000")],
    ["0E+3", new Decimal("0")],
    ["-0.00", new Decimal("0.00")],
    ["-1.5E-7", new Decimal("-0.00000015")],
    ["1.5E+2", new Decimal("150")],
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
  ])("that others wrote as %s is %o", (text, value) => {
    expect(decimal128Value(Decimal128.fromString(text))).toStrictEqual(value);
  });
});
