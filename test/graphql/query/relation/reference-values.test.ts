import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keysIn, valuesOfKeys } from "../../../../src/graphql/query/relation/reference-values.ts";
import { list, needed } from "../../sketch.ts";

describe("keys as a column stores them", () => {
  test.each([
    ["string", ["7", "007", "a"], ["7", "007", "a"]],
    ["uuid", ["7", "a"], ["7", "a"]],
    [
      "int",
      ["7", "007", "-7", "-0", "7.0", " 7", "", "2147483647", "2147483648", "-2147483648"],
      [7, -7, 2147483647, -2147483648],
    ],
    [
      "long",
      ["7", "+7", "1e3", "9223372036854775807", "9223372036854775808", "-9223372036854775808"],
      [7n, 9223372036854775807n, -9223372036854775808n],
    ],
  ] as const)("%s", (kind, keys, values) => {
    expect(valuesOfKeys(needed(kind), keys)).toEqual(values);
    expect(valuesOfKeys(needed(list(kind)), keys)).toEqual(values);
  });

  test("are the keys that the column holds", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (longs) => {
        expect(valuesOfKeys(needed(list("long")), keysIn(longs))).toEqual(longs);
      }),
    );
  });
});

test("keys in a column are those of one, or of a list; what is null is none", () => {
  expect([keysIn("a"), keysIn(7), keysIn(7n), keysIn(null), keysIn(undefined), keysIn(["a", null, 7n])]).toEqual([
    ["a"],
    ["7"],
    ["7"],
    [],
    [],
    ["a", "7"],
  ]);
});
