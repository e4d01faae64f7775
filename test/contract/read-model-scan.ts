import { beforeAll, describe, expect, it } from "vitest";
import type { Filter, FindOptions } from "../../src/read-model/read-model.ts";
import { collectionOf } from "./read-model-support.ts";
import type { StoreOf } from "./read-model.ts";

const DOCUMENTS = 60;
const BOUND = 50;

/** How reads are carried out, and which are refused because they would examine too much. */
export function scanContract(store: StoreOf): void {
  describe("scans", () => {
    let users = "";
    let few = "";
    let model: ReturnType<StoreOf>["model"];

    beforeAll(async () => {
      ({ model } = store());
      const all = Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: `u${i}`, n: i, pet: `p${i % 3}` }));
      users = await collectionOf(model, all);
      few = await collectionOf(model, [{ _id: "p0" }, { _id: "p1" }, { _id: "p2" }]);
    });

    const find = async (options: FindOptions): Promise<number> =>
      (await model.find(users, { ...options, maxExamined: BOUND })).length;
    const run = async (...pipeline: readonly Filter[]): Promise<number> =>
      (await model.aggregate(users, pipeline, { maxExamined: BOUND })).length;

    const refused = { code: "QUERY_TOO_EXPENSIVE", details: { documents: expect.any(Number), maximum: BOUND } };

    it.each<[string, FindOptions]>([
      ["a filter", { filter: { n: { $gt: 58 } } }],
      ["a filter with a limit", { filter: { n: { $gte: 0 } }, limit: 1 }],
      ["a filter in the order of the keys, with a limit", { filter: { n: 3 }, sort: { _id: 1 }, limit: 1 }],
      ["everything", { filter: {} }],
      ["another order", { filter: {}, sort: { n: 1 }, limit: 1 }],
      ["a page far behind", { filter: { n: { $gte: 0 } }, skip: 55, limit: 1 }],
      ["keys that are ruled out", { filter: { _id: { $nin: ["u1"] }, n: 1 } }],
    ])("are refused beyond the bound: %s", async (_what, options) => {
      await expect(find(options)).rejects.toMatchObject(refused);
      expect((await model.find(users, { ...options, maxExamined: DOCUMENTS })).length).toBeLessThanOrEqual(DOCUMENTS);
    });

    it.each<[string, FindOptions, number]>([
      ["a key", { filter: { _id: "u7" } }, 1],
      ["keys among conditions", { filter: { $and: [{ _id: { $in: ["u7", "u8"] } }, { n: 7 }] } }, 1],
      ["a page in the order of the keys", { filter: {}, sort: { _id: -1 }, limit: 5 }, 5],
      ["a page without an order", { filter: {}, limit: 5 }, 5],
    ])("are not what finds %s", async (_what, options, found) => {
      expect(await find(options)).toBe(found);
    });

    it.each<[string, readonly Filter[]]>([
      ["groups", [{ $group: { _id: "$pet", n: { $sum: 1 } } }]],
      ["a count", [{ $match: { n: { $gt: 1 } } }, { $count: "n" }]],
      ["a limit after a condition on a join", [join("few"), { $match: { pets: { $ne: [] } } }, { $limit: 1 }]],
    ])("are refused in a pipeline: %s", async (_what, pipeline) => {
      await expect(run(...withCollection(pipeline, few))).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
    });

    it("are allowed in a pipeline that keys bound", async () => {
      expect(await run({ $match: { _id: { $in: ["u1", "u2"] } } }, { $group: { _id: "$pet" } })).toBe(2);
      expect(await run({ $match: { _id: "u1" } }, ...withCollection([join("few")], few))).toBe(1);
    });

    it("are counted where a join makes them", async () => {
      const other = await collectionOf(
        model,
        Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: `x${i}`, owner: `u${i}` })),
      );
      const $lookup = { from: other, localField: "_id", foreignField: "owner", as: "owned" };
      await expect(run({ $match: { _id: { $in: ["u1", "u2"] } } }, { $lookup })).rejects.toMatchObject({
        code: "QUERY_TOO_EXPENSIVE",
      });
    });

    it("are told of: whether an index was used, and what was examined and returned", async () => {
      expect(await model.explain(users, { find: { filter: { _id: "u7" } } })).toMatchObject({
        index: "_id_",
        documentsExamined: 1,
        documentsReturned: 1,
      });
      const scan = { index: null, documentsExamined: DOCUMENTS };
      expect(await model.explain(users, { find: { filter: { pet: "p1" } } })).toMatchObject({
        ...scan,
        documentsReturned: 20,
      });
      const pipeline = [{ $match: { pet: "p1" } }, { $group: { _id: null, n: { $sum: 1 } } }];
      const { milliseconds, ...explained } = await model.explain(users, { pipeline });
      expect(explained).toEqual({ ...scan, documentsReturned: 1 });
      expect(milliseconds).toBeGreaterThanOrEqual(0);
    });
  });
}

function join(from: string): Filter {
  return { $lookup: { from, localField: "pet", foreignField: "_id", as: "pets" } };
}

/** A pipeline whose joins are with a collection. */
function withCollection(pipeline: readonly Filter[], collection: string): readonly Filter[] {
  return pipeline.map((stage) => ("$lookup" in stage ? join(collection) : stage));
}
