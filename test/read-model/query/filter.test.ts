import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/read-model/query/filter.ts";
import { keyLookup } from "../../../src/read-model/query/key-lookup.ts";
import type { Filter } from "../../../src/read-model/read-model.ts";

describe("a filter", () => {
  it.each<[string, Filter, object, boolean]>([
    ["an empty filter matches", {}, { a: 1 }, true],
    ["null matches a missing field", { "a.b": null }, { a: 5 }, true],
    ["null doesn't match within a list of scalars", { "a.b": null }, { a: [1] }, false],
    ["a comparison keeps to its kind", { a: { $gt: 5 } }, { a: "6" }, false],
    ["at least null matches a missing field", { a: { $gte: null } }, {}, true],
    ["NaN is below no number", { a: { $lt: 5 } }, { a: Number.NaN }, false],
    ["NaN equals NaN", { a: Number.NaN }, { a: Number.NaN }, true],
    ["a list matches as a whole", { a: [1, 2] }, { a: [1, 2] }, true],
    ["a list matches as an element", { a: [1, 2] }, { a: [[1, 2]] }, true],
    ["an element at an index", { "a.1": 2 }, { a: [1, 2] }, true],
    ["an element found by its index isn't looked into", { "a.0": 1 }, { a: [[1]] }, false],
    ["a record's fields match in their order", { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, false],
    ["bytes match as buffers do", { a: Buffer.from([1]) }, { a: Uint8Array.of(1) }, true],
    ["one element fits all of $elemMatch", { a: { $elemMatch: { x: 1, y: 2n } } }, { a: [{ x: 1 }, { y: 2 }] }, false],
    ["$elemMatch by operators", { a: { $elemMatch: { $gt: 1n, $lt: 3 } } }, { a: [1, 2] }, true],
    ["$elemMatch doesn't look into lists", { a: { $elemMatch: { $gt: 1 } } }, { a: [[2]] }, false],
    [
      "$elemMatch by a negated pattern",
      { a: { $elemMatch: { $not: { $regex: "^A", $options: "i" } } } },
      { a: ["ab"] },
      false,
    ],
    [
      "$all with $elemMatch",
      { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
      { a: [{ x: 1 }, { x: 2 }] },
      true,
    ],
    ["a pattern among the values of $in", { a: { $in: [/^a/, 5] } }, { a: "ab" }, true],
    ["an inherited name is no field", { constructor: { $exists: true } }, {}, false],
    ["$type is known too", { a: { $type: "string" } }, { a: "x" }, true],
    ["an expression with a bigint", { $expr: { $eq: ["$a", 5n] } }, { a: 5 }, true],
  ])("%s", (_name, filter, document, expected) => {
    expect(compileFilter(filter)(document)).toBe(expected);
  });

  it("gives the same answer each time, with a pattern that keeps a state too", () => {
    const matches = compileFilter({ a: /a/g });
    expect([matches({ a: "a" }), matches({ a: "a" })]).toStrictEqual([true, true]);
  });

  it("is compiled once", () => {
    const filter = { a: 1 };
    expect(compileFilter(filter)).toBe(compileFilter(filter));
  });

  it.each<Filter>([{ a: { $near: 1 } }, { $where: "true" }, { a: { $in: 5 } }, { a: { $elemMatch: 5 } }])(
    "that can't be evaluated is an error: %j",
    (filter) => {
      expect(() => compileFilter(filter)({ a: [1] })).toThrow();
    },
  );
});

describe("a key lookup", () => {
  it.each<[Filter, readonly string[], Filter | null]>([
    [{ _id: "a" }, ["a"], null],
    [{ _id: { $eq: "a" } }, ["a"], null],
    [{ _id: { $in: ["a", "b", "a"] }, x: 1 }, ["a", "b"], { x: 1 }],
    [{ $and: [{ x: 1 }, { _id: "a" }] }, ["a"], { $and: [{ x: 1 }, { _id: "a" }] }],
  ])("is seen in %j", (filter, keys, rest) => {
    expect(keyLookup(filter)).toStrictEqual({ keys, rest });
  });

  it.each<Filter>([{}, { x: 1 }, { _id: { $gt: "a" } }, { _id: { $in: ["a", /b/] } }, { $or: [{ _id: "a" }] }])(
    "isn't seen in %j",
    (filter) => {
      expect(keyLookup(filter)).toBeUndefined();
    },
  );
});
