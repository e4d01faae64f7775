import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectOf } from "../../src/fold/effects.ts";
import { Decimal } from "../../src/model/decimal.ts";

const INT = { kind: "int" } as const;
const LONG = { kind: "long" } as const;
const LONG_DECIMAL = { kind: "decimal", precision: 35, scale: 2 } as const;
const DOUBLE = { kind: "double" } as const;
const DECIMAL = { kind: "decimal", precision: 20, scale: 2 } as const;
const STRING = { kind: "string" } as const;
const STRINGS = { kind: "array", items: { type: STRING, nullable: false } } as const;

const decimal = (text: string): Decimal => new Decimal(text);

describe("an effect on a column", () => {
  test.each([
    ["add", LONG, undefined, 5n, 5n],
    ["add", LONG, 2n, 5n, 7n],
    ["add", INT, undefined, 5, 5n],
    ["add", INT, 2n, 5, 7n],
    ["add", INT, 2, 5, 7n],
    ["multiply", LONG, undefined, 5n, 0n],
    ["multiply", LONG, 2n, 5n, 10n],
    ["min", LONG, undefined, 5n, 5n],
    ["min", LONG, 2n, 5n, 2n],
    ["max", LONG, 2n, 5n, 5n],
    ["max", LONG, 2n ** 60n, 2n ** 60n + 1n, 2n ** 60n + 1n],
    ["max", INT, 2, 5, 5],
    ["max", STRING, "b", "a", "b"],
    ["add", DOUBLE, 0.5, 0.25, 0.75],
    ["add", DOUBLE, 2n ** 60n, 0.5, 2 ** 60],
    ["add", DECIMAL, decimal("0.10"), decimal("0.20"), decimal("0.30")],
    ["add", DECIMAL, undefined, decimal("0.20"), decimal("0.20")],
    ["add", DECIMAL, decimal("-0.20"), decimal("0.20"), decimal("0.00")],
    ["multiply", DECIMAL, decimal("0.25"), decimal("0.50"), decimal("0.12")],
    ["multiply", DECIMAL, decimal("-0.01"), decimal("0.01"), decimal("0.00")],
    ["max", DECIMAL, decimal("9.00"), decimal("10.00"), decimal("10.00")],
    ["add", LONG_DECIMAL, "0.10", "0.20", "0.30"],
    ["max", LONG_DECIMAL, "9.00", "10.00", "10.00"],
    ["append", STRING, undefined, "a", ["a"]],
    ["append", STRING, ["a"], "a", ["a", "a"]],
    ["append", STRINGS, ["a"], ["b", "c"], ["a", "b", "c"]],
    ["remove", STRING, ["a", "b", "a"], "a", ["b"]],
    ["remove", STRINGS, ["a", "b", "c"], ["a", "c"], ["b"]],
    ["remove", STRING, undefined, "a", []],
    ["add", LONG, 2n, null, 2n],
    ["max", LONG, undefined, null, null],
    ["set", STRING, "a", null, null],
  ] as const)("%s of %o on %o with %o gives %o", (effect, type, current, value, expected) => {
    const copy = typeof current === "object" && Array.isArray(current) ? current.slice() : current;
    expect(effectOf(effect, type)(copy, value)).toStrictEqual(expected);
  });

  test("min and max of dates compare by time", () => {
    const [early, late] = [new Date(1), new Date(2)];
    const type = { kind: "timestamp-millis" } as const;
    expect(effectOf("min", type)(late, early)).toBe(early);
    expect(effectOf("max", type)(late, early)).toBe(late);
  });

  test("whole numbers are exact in all 64 bits", () => {
    const long = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n });
    const add = effectOf("add", LONG);
    fc.assert(
      fc.property(long, long, (a, b) => {
        expect(add(a, b)).toBe(a + b);
      }),
    );
  });

  test("a sum beyond 64 bits is refused, never wrapped", () => {
    expect(() => effectOf("add", LONG)(2n ** 63n - 1n, 1n)).toThrow(/64 bits/);
    expect(() => effectOf("multiply", LONG)(2n ** 62n, 4n)).toThrow(/64 bits/);
    expect(() => effectOf("add", INT)(2n ** 63n - 1n, 1)).toThrow(/64 bits/);
  });

  test("a decimal of more digits than are stored is refused, unless it is kept as text", () => {
    const [much, little] = ["99999999999999999999999999999999.99", "0.01"];
    expect(() => effectOf("add", DECIMAL)(decimal(much), decimal(little))).toThrow(/34 digits/);
    expect(effectOf("add", LONG_DECIMAL)(much, little)).toBe("100000000000000000000000000000000.00");
  });

  test("values that can't be combined are refused without being shown", () => {
    expect(() => effectOf("add", LONG)("secret", 1n)).toThrow(
      "Values of types string and bigint can't be combined as long.",
    );
  });
});
