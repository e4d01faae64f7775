import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { canonicalText } from "../../../src/graphql/subscription/canonical-text.ts";

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      1,
      1n,
      NaN,
      Infinity,
      "1",
      "n1",
      "d1",
      "u",
      "",
      new Date(1),
      new Uint8Array([1]),
      Buffer.from([1]),
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", '"'), tie("value"), { maxKeys: 3 }),
  ),
})).value;

it("is equal for equal values alone", () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      const [a, b] = [structuredClone(one), structuredClone(other)];
      expect(canonicalText(a) === canonicalText(b)).toBe(isDeepStrictEqual(a, b));
    }),
    { numRuns: 2_000 },
  );
});

it("is the same whatever the order of names", () => {
  expect(canonicalText({ a: 1, b: { d: [1], c: 2 } })).toBe(canonicalText({ b: { c: 2, d: [1] }, a: 1 }));
});
