import { expect, test } from "vitest";
import { type PagesRequest, pagePipeline } from "../../../../src/graphql/query/relation/page-pipeline.ts";
import { column, list, nullable } from "../../sketch.ts";

const request: PagesRequest = {
  column: { name: "account_id", column: column("account_id", nullable("string")) },
  matching: { joins: [], filter: { name: "Ann" } },
  sort: { name: -1, _id: 1 },
  page: { limit: 10, skip: 0 },
  fields: ["name"],
  bound: 101,
};

test("the documents that have the key in a column", () => {
  expect(pagePipeline(["a1", "$a2"], request)).toEqual([
    { $match: { account_id: { $in: ["a1", "$a2"] } } },
    { $match: { name: "Ann" } },
    {
      $group: {
        _id: "$account_id",
        page: { $topN: { n: 10, sortBy: { name: -1, _id: 1 }, output: { _id: "$_id", name: "$name" } } },
      },
    },
    { $unwind: "$page" },
    { $limit: 101 },
  ]);
});

test("the documents that have the key in a list of numbers, from the third", () => {
  const readers = { name: "readers", column: column("readers", nullable(list("long"))) };
  const asked = { ...request, column: readers, page: { limit: 10, skip: 2 }, matching: { joins: [], filter: {} } };
  expect(pagePipeline(["7", "07", "x"], asked)).toEqual([
    { $match: { readers: { $in: [7n] } } },
    {
      $set: {
        "related-key": {
          $setIntersection: [
            { $map: { input: "$readers", in: { $toString: "$$this" } } },
            { $literal: ["7", "07", "x"] },
          ],
        },
      },
    },
    { $unwind: "$related-key" },
    {
      $group: {
        _id: "$related-key",
        page: { $topN: { n: 12, sortBy: { name: -1, _id: 1 }, output: { _id: "$_id", name: "$name" } } },
      },
    },
    { $set: { page: { $slice: ["$page", 2, 10] } } },
    { $unwind: "$page" },
    { $limit: 101 },
  ]);
});
