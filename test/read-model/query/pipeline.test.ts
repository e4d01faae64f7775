import { describe, expect, it } from "vitest";
import { runPipeline } from "../../../src/read-model/query/pipeline.ts";

const none = (): Iterable<object> => [];

describe("a pipeline in memory", () => {
  it("leaves missing parts out of a compound group key", () => {
    const documents = [{ a: 1 }, { a: 1, b: null }, { a: 1 }];
    const groups = runPipeline(documents, [{ $group: { _id: { a: "$a", b: "$b" }, n: { $sum: 1 } } }], none);
    expect(groups).toStrictEqual([
      { _id: { a: 1 }, n: 2 },
      { _id: { a: 1, b: null }, n: 1 },
    ]);
  });

  it("filters by bigints within a facet", () => {
    const documents = [{ n: 2n ** 60n }, { n: 1 }];
    const facets = { large: [{ $match: { n: { $gt: 2n ** 59n } } }, { $count: "n" }] };
    expect(runPipeline(documents, [{ $facet: facets }], none)).toStrictEqual([{ large: [{ n: 1 }] }]);
  });

  it("looks into another collection", () => {
    const lookup = { from: "accounts", localField: "_id", foreignField: "owner", as: "accounts" };
    const accounts = [{ _id: "x", owner: "1" }];
    const found = runPipeline([{ _id: "1" }], [{ $lookup: lookup }], (name) => (name === "accounts" ? accounts : []));
    expect(found).toStrictEqual([{ _id: "1", accounts }]);
  });

  it.each([[{ $out: "other" }], [{ $merge: { into: "other" } }]])("that writes is refused: %j", (stage) => {
    expect(() => runPipeline([{ a: 1 }], [stage], none)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  });
});
