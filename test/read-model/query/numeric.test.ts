import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { equalityKey } from "../../../src/read-model/query/equality-key.ts";
import { type Numeric, compareNumeric, decimalOf, numericKey } from "../../../src/read-model/query/numeric.ts";
import { anyDecimal } from "../../support/decimals.ts";

const ASCENDING: readonly Numeric[] = [
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -1e300,
  -(2n ** 63n),
  new Decimal("-1.5"),
  0,
  new Decimal("0.1"),
  // The double is a little more.
  0.1,
  new Decimal("0.5000000000000000000000000000000001"),
  2 ** 53,
  new Decimal("9007199254740992.5"),
  2n ** 53n + 1n,
  new Decimal("9999999999999999999999999999999999"),
  1e300,
  Number.POSITIVE_INFINITY,
];

const EQUAL: readonly (readonly [Numeric, Numeric])[] = [
  [1, 1n],
  [0, -0],
  [1, new Decimal("1.00")],
  [2n ** 60n, 2 ** 60],
  [2n ** 60n + 1n, new Decimal("1152921504606846977.0")],
  [0.5, new Decimal("0.50")],
  [-2.75, new Decimal("-2.750")],
  [new Decimal("0.10"), new Decimal("0.1")],
  [Number.NaN, Number.NaN],
];

const anyNumeric = fc.oneof(
  anyDecimal,
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(...ASCENDING, ...EQUAL.flat()),
);

describe("numbers of all kinds", () => {
  it("compare by their exact value", () => {
    for (const [i, a] of ASCENDING.entries())
      for (const [j, b] of ASCENDING.entries())
        expect([a, b, Math.sign(compareNumeric(a, b))]).toStrictEqual([a, b, Math.sign(i - j)]);
  });

  it.each(EQUAL)("are equal where their values are: %o and %o", (a, b) => {
    expect(compareNumeric(a, b)).toBe(0);
    expect(numericKey(a) === numericKey(b) || Object.is(numericKey(a), numericKey(b))).toBe(true);
  });

  it("have the same key exactly where they are equal", () => {
    fc.assert(
      fc.property(anyNumeric, anyNumeric, (a, b) => {
        expect(new Set([numericKey(a), numericKey(b)]).size === 1).toBe(compareNumeric(a, b) === 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [0.1, "0.1000000000000000055511151231257827021181583404541015625"],
    [-2.5, "-2.5"],
    [2 ** 53, "9007199254740992"],
    [-0, "0"],
    [5n, "5"],
  ])("are decimals, exactly: %d", (value, text) => {
    expect(decimalOf(value)).toStrictEqual(new Decimal(text));
  });
});

describe("the key of any value", () => {
  it.each<readonly [unknown, unknown]>([
    ["1", 1],
    ["null", null],
    ["true", true],
    [["a,b"], ["a", "b"]],
    [["1"], [1]],
    [["0.1"], [new Decimal("0.1")]],
    [{ a: 1 }, { a: "1" }],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [new Date(1), 1],
    [Uint8Array.of(1), "AQ=="],
    [[], {}],
    [[null], []],
  ])("tells %o from %o", (a, b) => {
    expect(equalityKey(a)).not.toBe(equalityKey(b));
  });

  it.each<readonly [unknown, unknown]>([
    [null, undefined],
    [{ a: [1, { b: 2n }] }, { a: [1n, { b: new Decimal("2.0") }] }],
    [new Date(1), new Date(1)],
    [Uint8Array.of(1), Buffer.from([1])],
  ])("is the same of %o and %o", (a, b) => {
    expect(equalityKey(a)).toBe(equalityKey(b));
  });
});
