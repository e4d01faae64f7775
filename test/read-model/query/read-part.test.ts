import { describe, expect, it } from "vitest";
import { readPart } from "../../../src/read-model/query/read-part.ts";
import { shapeOf } from "../../../src/read-model/query/read-shape.ts";
import type { Filter } from "../../../src/read-model/read-model.ts";

const join = { $lookup: { from: "b", localField: "x", foreignField: "y", pipeline: [], as: "~join0" } };
const joined = { collection: "b", field: "y", inner: [] };
const all = { filter: {}, sort: undefined, enough: undefined, lookups: [] };

describe("what a pipeline asks of its collection", () => {
  it.each<[string, readonly Filter[], object]>([
    ["nothing", [], all],
    [
      "a filter and a page",
      [{ $match: { a: 1 } }, { $sort: { b: -1 } }, { $skip: 5 }, { $limit: 10 }, { $project: { a: 1 } }],
      {
        ...all,
        filter: { a: 1 },
        sort: { b: -1 },
        enough: 15,
      },
    ],
    [
      "two filters",
      [{ $match: { a: 1 } }, { $match: { $and: [{ b: 2 }, { c: 3 }] } }],
      {
        ...all,
        filter: { $and: [{ a: 1 }, { b: 2 }, { c: 3 }] },
      },
    ],
    [
      "all for groups, whatever is cut after",
      [{ $match: { a: 1 } }, { $group: { _id: "$b" } }, { $limit: 1 }],
      { ...all, filter: { a: 1 } },
    ],
    ["all for a count", [{ $count: "n" }], all],
    [
      "what a join doesn't filter",
      [join, { $match: { $and: [{ a: 1 }, { "~join0.0": { $exists: true } }] } }, { $limit: 5 }],
      {
        ...all,
        filter: { a: 1 },
        lookups: [{ ...joined, afterLimit: false }],
      },
    ],
    [
      "a page before a join",
      [{ $sort: { a: 1 } }, { $limit: 5 }, join, { $unset: ["~join0"] }],
      {
        ...all,
        sort: { a: 1 },
        enough: 5,
        lookups: [{ ...joined, afterLimit: true }],
      },
    ],
    [
      "a page in spite of new fields",
      [{ $set: { k: { $toString: "$x" } } }, { $unset: "k" }, { $match: { a: 1 } }, { $limit: 5 }],
      {
        ...all,
        filter: { a: 1 },
        enough: 5,
      },
    ],
    [
      "no condition on new fields",
      [{ $set: { k: { $toString: "$x" } } }, { $match: { $expr: { $eq: ["$k", "1"] } } }, { $limit: 5 }],
      all,
    ],
    ["no filter after a page", [{ $limit: 5 }, { $match: { a: 1 } }], { ...all, enough: 5 }],
    ["an order after a page is none", [{ $limit: 5 }, { $sort: { a: 1 } }], { ...all, enough: 5 }],
  ])("is %s", (_what, pipeline, part) => {
    expect(readPart({ pipeline })).toEqual(part);
  });

  it.each<[string, Filter, object]>([
    ["by a field", { from: "b", foreignField: "y", as: "j" }, { collection: "b", field: "y", inner: [] }],
    [
      "by an expression",
      { from: "b", let: { k: "$x" }, pipeline: [{ $match: { $expr: { $eq: ["$y", "$$k"] } } }], as: "j" },
      {
        collection: "b",
        field: "y",
        inner: [],
      },
    ],
    [
      "by expressions",
      { from: "b", pipeline: [{ $match: { $expr: { $and: [{ $eq: ["$$k", "$y"] }, { $gt: ["$n", 1] }] } } }], as: "j" },
      {
        collection: "b",
        field: "y",
        inner: [],
      },
    ],
    [
      "with all",
      { from: "b", pipeline: [{ $match: { a: 1 } }], as: "j" },
      { collection: "b", field: undefined, inner: [] },
    ],
    [
      "with joins of its own",
      { from: "b", foreignField: "y", pipeline: [{ $lookup: { from: "c", foreignField: "_id" } }], as: "j" },
      {
        collection: "b",
        field: "y",
        inner: [{ collection: "c", field: "_id", inner: [] }],
      },
    ],
  ])("has joins %s", (_how, $lookup, lookup) => {
    expect(readPart({ pipeline: [{ $lookup }] }).lookups).toEqual([{ ...lookup, afterLimit: false }]);
  });

  it("isn't asked of documents that are made", () => {
    expect(readPart({ pipeline: [{ $documents: [] }, { $lookup: { pipeline: [] } }] })).toEqual(all);
  });
});

describe("the shape of a filter", () => {
  it("is the same for other values of the same kind", () => {
    expect(shapeOf({ a: 1, b: { $in: [1, 2, 3] }, c: { $gt: new Date(1) } })).toBe(
      shapeOf({ a: 2, b: { $in: [9] }, c: { $gt: new Date(2) } }),
    );
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: null }],
    [{ a: { $gt: 1 } }, { a: { $lt: 1 } }],
    [{ a: { $in: [] } }, { a: { $in: [1] } }],
    [{ a: { $regex: "^x" } }, { a: { $regex: "x" } }],
    [{ a: /^x/ }, { a: /^x/i }],
    [{ $or: [{ a: 1 }] }, { $and: [{ a: 1 }] }],
  ])("differs: %o and %o", (one, other) => {
    expect(shapeOf(one)).not.toBe(shapeOf(other));
  });
});
