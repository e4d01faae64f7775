import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectOf } from "../../src/fold/effects.ts";

const LONG = { kind: "long" } as const;
const DOUBLE = { kind: "double" } as const;
const DECIMAL = { kind: "decimal", precision: 20, scale: 2 } as const;
const STRING = { kind: "string" } as const;
const STRINGS = { kind: "array", items: { type: STRING, nullable: false } } as const;

describe("an effect on a column", () => {
  test.each([
    ["add", LONG, undefined, 5, 5],
    ["add", LONG, 2, 5, 7],
    ["multiply", LONG, undefined, 5, 0],
    ["multiply", LONG, 2, 5, 10],
    ["min", LONG, undefined, 5, 5],
    ["min", LONG, 2, 5, 2],
    ["max", LONG, 2, 5, 5],
    ["max", STRING, "b", "a", "b"],
    ["add", DOUBLE, 0.5, 0.25, 0.75],
    ["add", DECIMAL, "0.10", "0.20", "0.30"],
    ["multiply", DECIMAL, "0.25", "0.50", "0.12"],
    ["max", DECIMAL, "9.00", "10.00", "10.00"],
    ["append", STRING, undefined, "a", ["a"]],
    ["append", STRING, ["a"], "a", ["a", "a"]],
    ["append", STRINGS, ["a"], ["b", "c"], ["a", "b", "c"]],
    ["remove", STRING, ["a", "b", "a"], "a", ["b"]],
    ["remove", STRINGS, ["a", "b", "c"], ["a", "c"], ["b"]],
    ["remove", STRING, undefined, "a", []],
    ["add", LONG, 2, null, 2],
    ["max", LONG, undefined, null, null],
    ["set", STRING, "a", null, null],
  ] as const)("%s of %j on %j with %j gives %j", (effect, type, current, value, expected) => {
    const copy = structuredClone(current);
    expect(effectOf(effect, type)(copy, value)).toEqual(expected);
  });

  test("min and max of dates compare by time", () => {
    const [early, late] = [new Date(1), new Date(2)];
    const type = { kind: "timestamp-millis" } as const;
    expect(effectOf("min", type)(late, early)).toBe(early);
    expect(effectOf("max", type)(late, early)).toBe(late);
  });

  test("whole numbers are exact in all 64 bits", () => {
    const long = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n });
    const stored = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
    const add = effectOf("add", LONG);
    fc.assert(
      fc.property(long, long, (a, b) => {
        expect(add(stored(a), stored(b))).toBe(stored(a + b));
      }),
    );
  });

  test("a sum beyond 64 bits is refused, never wrapped", () => {
    expect(() => effectOf("add", LONG)(2n ** 63n - 1n, 1)).toThrow(/64 bits/);
    expect(() => effectOf("multiply", LONG)(2n ** 62n, 4)).toThrow(/64 bits/);
  });

  test("values that can't be combined are refused without being shown", () => {
    expect(() => effectOf("add", LONG)("secret", 1)).toThrow(
      "Values of types string and number can't be combined as long.",
    );
  });
});
