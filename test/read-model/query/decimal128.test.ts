import { Big } from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { addDecimals, divideDecimal } from "../../../src/read-model/query/decimal128.ts";
import { anyDecimal } from "../../support/decimals.ts";

const NINES = "9".repeat(34);

describe("a sum of decimals", () => {
  it.each([
    ["0.10", "0.2", "0.30"],
    ["1", "-1.00", "0.00"],
    [NINES, "1", `1${"0".repeat(34)}`],
    // Half to even.
    [NINES, "0.5", `1${"0".repeat(34)}`],
    [`${NINES.slice(0, -1)}8`, "0.5", `${NINES.slice(0, -1)}8`],
    [`${NINES.slice(0, -1)}8`, "0.51", NINES],
    [`-${NINES}`, "-1", `-1${"0".repeat(34)}`],
  ])("of %s and %s is %s", (a, b, sum) => {
    expect(addDecimals(new Decimal(a), new Decimal(b)).text).toBe(sum);
  });

  it("is the exact one, to 34 digits", () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        const exact = new Big(a.text).plus(b.text);
        expect(new Big(addDecimals(a, b).text).eq(exact.eq(0) ? exact : exact.prec(34, Big.roundHalfEven))).toBe(true);
      }),
    );
  });
});

describe("a quotient of a decimal", () => {
  it.each([
    ["10.00", 4, "2.50"],
    ["10.01", 4, "2.5025"],
    ["0.30", 2, "0.15"],
    ["1", 3, `0.${"3".repeat(34)}`],
    ["2", 3, `0.${"6".repeat(33)}7`],
    ["-2", 3, `-0.${"6".repeat(33)}7`],
    ["0.00", 7, "0.00"],
    [NINES, 1, NINES],
    ["100", 10, "10"],
  ])("%s by %i is %s", (dividend, divisor, quotient) => {
    expect(divideDecimal(new Decimal(dividend), divisor).text).toBe(quotient);
  });
});
