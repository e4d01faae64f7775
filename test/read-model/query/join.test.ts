import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runPipeline } from "../../../src/read-model/query/pipeline.ts";
import type { Source } from "../../../src/read-model/query/join.ts";

const FOREIGN = [
  { _id: "1", by: "a", n: 1 },
  { _id: "2", by: ["a", "b"], n: 2 },
  { _id: "3", by: null, n: 3 },
  { _id: "4", n: 4 },
  { _id: "5", by: 2n ** 53n + 1n, n: 5 },
  { _id: "6", by: 7, n: 6 },
];

const source: Source = (_name, keys) => FOREIGN.filter(({ _id }) => keys === undefined || keys.has(_id));

function joined(local: unknown, pipeline: readonly object[] = [], foreignField = "by"): unknown {
  const $lookup = {
    from: "f",
    localField: "key",
    foreignField,
    pipeline: [...pipeline, { $project: { _id: 1 } }],
    as: "found",
  };
  const [row] = runPipeline([local === undefined ? { _id: "x" } : { _id: "x", key: local }], [{ $lookup }], source);
  const found: unknown = row?.["found"];
  return Array.isArray(found) ? found.map(({ _id }) => String(_id)).toSorted((a, b) => (a < b ? -1 : 1)) : found;
}

describe("a join in memory", () => {
  it.each([
    ["an equal value", "a", ["1", "2"]],
    ["an element of the other side's list", "b", ["2"]],
    ["any element of its own list", ["b", 7], ["2", "6"]],
    ["each once", ["a", "b"], ["1", "2"]],
    ["null and what is missing by null", null, ["3", "4"]],
    ["and by what is missing", undefined, ["3", "4"]],
    ["numbers by their value", 7n, ["6"]],
    ["longs exactly", 2n ** 53n + 1n, ["5"]],
    ["nothing else", 2n ** 53n, []],
    ["nothing by a text that looks like the number", "7", []],
  ])("finds %s", (_what, local, ids) => {
    expect(joined(local)).toEqual(ids);
  });

  it("finds by key, asking for those alone", () => {
    const asked: unknown[] = [];
    const recording: Source = (name, keys) => {
      asked.push([name, [...(keys ?? [])]]);
      return source(name, keys);
    };
    const $lookup = { from: "f", localField: "refs", foreignField: "_id", as: "found" };
    const rows = runPipeline(
      [
        { _id: "x", refs: ["2", "9"] },
        { _id: "y", refs: "1" },
      ],
      [{ $lookup }],
      recording,
    );
    expect(asked).toEqual([["f", ["2", "9", "1"]]]);
    expect(rows.map(({ found }) => found)).toEqual([[FOREIGN[1]], [FOREIGN[0]]]);
  });

  it("runs its pipeline on what it finds for each document", () => {
    expect(joined("a", [{ $match: { n: { $gt: 1 } } }])).toEqual(["2"]);
    expect(joined("a", [{ $sort: { n: -1 } }, { $limit: 1 }])).toEqual(["2"]);
    expect(joined("a", [{ $limit: 1 }])).toEqual(["1"]);
    expect(joined("nobody", [{ $match: { n: 1 } }])).toEqual([]);
  });

  it("joins within its pipeline", () => {
    const inner = { from: "f", localField: "by", foreignField: "by", pipeline: [{ $match: { n: 1 } }], as: "~inner" };
    const pipeline = [{ $lookup: inner }, { $match: { "~inner.0": { $exists: true } } }, { $unset: ["~inner"] }];
    expect(joined(["b", 7], pipeline)).toEqual(["2"]);
  });

  it("groups what is found of each document for itself", () => {
    const $lookup = { from: "f", localField: "key", foreignField: "by", pipeline: [{ $count: "n" }], as: "found" };
    const rows = runPipeline(
      [
        { _id: "x", key: "a" },
        { _id: "y", key: "b" },
        { _id: "z", key: "c" },
      ],
      [{ $lookup }],
      source,
    );
    expect(rows.map(({ found }) => found)).toEqual([[{ n: 2 }], [{ n: 1 }], []]);
  });

  it("leaves the documents of both sides as they are", () => {
    const locals = Object.freeze([Object.freeze({ _id: "x", key: "a" })]);
    const before = structuredClone(FOREIGN);
    const $lookup = {
      from: "f",
      localField: "key",
      foreignField: "by",
      pipeline: [{ $set: { n: 0 } }, { $unset: "by" }],
      as: "found",
    };
    const rows = runPipeline(locals, [{ $lookup }, { $unset: ["key"] }], source);
    expect(rows).toEqual([
      {
        _id: "x",
        found: [
          { _id: "1", n: 0 },
          { _id: "2", n: 0 },
        ],
      },
    ]);
    expect(FOREIGN).toEqual(before);
  });

  it("finds the same as a look at each pair", () => {
    const value = fc.constantFrom<unknown>(null, "a", "b", 1, 1n, 2n, true);
    const field = fc.oneof(
      value,
      fc.array(value, { maxLength: 2 }).filter((list) => list.length > 0),
    );
    const side = fc.array(fc.record({ key: field }, { requiredKeys: [] }), { maxLength: 5 });
    fc.assert(
      fc.property(side, side, (locals, foreigns) => {
        const there = foreigns.map((row, index) => ({ ...row, _id: String(index) }));
        const $lookup = { from: "f", localField: "key", foreignField: "key", as: "found" };
        const rows = runPipeline(locals, [{ $lookup }], () => there);
        const values = (row: { key?: unknown }) =>
          [row.key ?? null].flat().map((one) => (typeof one === "number" ? BigInt(one) : one));
        const meeting = (a: { key?: unknown }) => there.filter((b) => values(a).some((one) => values(b).includes(one)));
        const ids = (found: unknown) => (Array.isArray(found) ? new Set(found.map(({ _id }) => _id)) : undefined);
        expect(rows.map(({ found }) => ids(found))).toEqual(locals.map((row) => ids(meeting(row))));
      }),
    );
  });
});

describe("keys as integers in memory", () => {
  const convert = (text: unknown) =>
    runPipeline(
      [{ _id: text }],
      [{ $set: { long: { $convert: { input: "$_id", to: "long", onError: false } } } }],
      source,
    )[0]?.["long"];

  it.each([
    ["7", 7n],
    ["-1", -1n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["9223372036854775808", false],
    ["1.5", false],
    ["", false],
    ["x", false],
  ])("%j is %s", (text, long) => {
    expect(convert(text)).toBe(long);
  });
});
