import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDocuments, sortDocuments } from "../../../src/read-model/query/order.ts";

const value = fc.oneof(fc.constantFrom(null, 0, 1, 1n, "a", "b", [], [2, 0]), fc.integer({ min: 0, max: 50 }));
const documents = fc.array(fc.record({ a: value, b: value }, { requiredKeys: [] }), { maxLength: 40 }).map((some) =>
  // More than are kept before the least of them are chosen.
  Array.from({ length: 60 }, () => some).flat(),
);
const direction = fc.constantFrom<1 | -1>(1, -1);

test("the first documents are the first of all in order, those that compare as equal as they came", () => {
  fc.assert(
    fc.property(documents, direction, direction, fc.nat(1_500), (all, a, b, count) => {
      const numbered = all.map((document, number) => ({ ...document, number }));
      const sort = { a, b };
      expect([...firstDocuments(numbered, sort, count)]).toEqual(sortDocuments(numbered, sort).slice(0, count));
    }),
    { numRuns: 60 },
  );
});

test("all of them are sorted where no number is given", () => {
  const all = [{ a: 2 }, { a: 1 }, { a: 3 }];
  expect([...firstDocuments(all, { a: -1 }, Number.POSITIVE_INFINITY)]).toEqual([{ a: 3 }, { a: 2 }, { a: 1 }]);
});

test("without an order they stay as they are", () => {
  expect([...firstDocuments([{ a: 2 }, { a: 1 }], {}, 1)]).toEqual([{ a: 2 }, { a: 1 }]);
});
