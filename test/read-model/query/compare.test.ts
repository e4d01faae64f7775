import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareValues } from "../../../src/read-model/query/compare.ts";

const ASCENDING: readonly unknown[] = [
  null,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -(2n ** 63n),
  -1,
  0,
  0.5,
  2 ** 53,
  2n ** 53n + 1n,
  Number.POSITIVE_INFINITY,
  "",
  "A",
  "a",
  "a\u0000",
  "\uffee",
  "\u{1f600}",
  {},
  { a: 1 },
  { a: 1, b: 1 },
  { b: 1 },
  { a: "" },
  [],
  [1],
  [1, 0],
  [2],
  Uint8Array.of(),
  Uint8Array.of(255),
  Uint8Array.of(0, 0),
  false,
  true,
  new Date(-1),
  new Date(1),
  /a/,
];

describe("the order of values", () => {
  it("is by kind, then by value", () => {
    for (const [i, a] of ASCENDING.entries())
      for (const [j, b] of ASCENDING.entries())
        expect([a, b, Math.sign(compareValues(a, b))]).toStrictEqual([a, b, Math.sign(i - j)]);
  });

  it.each([
    [5, 5n],
    [0, -0],
    [2 ** 53, 2n ** 53n],
    [null, undefined],
    [Number.NaN, Number.NaN],
    [new Date(1), new Date(1)],
    [Uint8Array.of(1), Buffer.from([1])],
  ])("has %s and %s at the same place", (a, b) => {
    expect(compareValues(a, b)).toBe(0);
  });

  it("is that of UTF-8 bytes for texts", () => {
    const text = fc.string({ unit: "binary" }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareValues(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
