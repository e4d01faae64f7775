import { beforeAll, expect, it, vi } from "vitest";
import type { Filter, FindOptions } from "../../../src/read-model/read-model.ts";
import { collectionOf } from "../../contract/read-model-support.ts";
import { describeReal } from "../../support/real-stack.ts";
import { suiteDatabase } from "./mongo-database.ts";

/** Enough for the planner to prefer an index. */
const DOCUMENTS = 2_000;
const BOUND = 300;

describeReal("what an index lets run", () => {
  const database = suiteDatabase("scan-limit");
  let users = "";
  let orders = "";

  beforeAll(async () => {
    const { model } = database();
    const ids = Array.from({ length: DOCUMENTS }, (_, i) => i);
    users = await collectionOf(
      model,
      ids.map((i) => ({
        _id: `u${i}`,
        name: `n${String(i).padStart(5, "0")}`,
        group: i % 2,
        rare: i % 100,
        tags: [`t${i % 50}`],
      })),
    );
    orders = await collectionOf(
      model,
      ids.map((i) => ({ _id: `o${i}`, owner: `u${i}`, unindexed: `u${i}` })),
    );
    const options = { signal: new AbortController().signal, onStep: () => {} };
    const indexed = ["name", "group", "rare", "tags"].map((column) => ({ [column]: 1, _id: 1 }) as const);
    await model.keepIndexes(users, [...indexed, { group: 1, name: -1, _id: -1 }], options);
    await model.keepIndexes(orders, [{ owner: 1, _id: 1 }], options);
  });

  const find = async (options: FindOptions): Promise<number> =>
    (await database().model.find(users, { ...options, maxExamined: BOUND })).length;

  it.each<[string, FindOptions, number]>([
    ["equal values", { filter: { rare: 7 } }, 20],
    ["a range", { filter: { name: { $gte: "n00010", $lt: "n00020" } } }, 10],
    ["a beginning", { filter: { name: { $regex: "^n0001" } } }, 10],
    ["an element of a list", { filter: { tags: "t3" } }, 40],
    ["equal values and a condition without an index", { filter: { $and: [{ rare: 7 }, { other: null }] } }, 20],
    [
      "many, a page of which is asked for in the index's order",
      { filter: { group: 1 }, sort: { name: -1, _id: -1 }, limit: 5 },
      5,
    ],
    [
      "everything, a page of which is asked for in an index's order",
      { filter: {}, sort: { name: 1, _id: 1 }, limit: 5 },
      5,
    ],
    ["the same backwards", { filter: {}, sort: { name: -1, _id: -1 }, skip: 10, limit: 5 }, 5],
    ["alternatives that each have one", { filter: { $or: [{ rare: 1 }, { name: "n00002" }] } }, 21],
    [
      "alternatives on one column",
      { filter: { $or: [{ name: "n00002" }, { name: { $gte: "n00010", $lt: "n00020" } }] } },
      11,
    ],
    ["what follows a cursor", { filter: after("n00100", "u100"), sort: { name: 1, _id: 1 }, limit: 5 }, 5],
    ["little, of which a longer page is asked for", { filter: { rare: 7 }, limit: 1_000 }, 20],
    ["nothing", { filter: { rare: { $in: [] } } }, 0],
  ])("is a filter by %s", async (_what, options, found) => {
    expect(await find(options)).toBe(found);
  });

  it.each<[string, FindOptions]>([
    ["a condition without an index", { filter: { other: 1 }, limit: 1 }],
    ["a wide range", { filter: { name: { $gte: "n00010" } } }],
    ["equal values that half of all have", { filter: { group: 1 } }],
    ["the same in an order that no index has", { filter: { group: 1 }, sort: { rare: 1, _id: 1 }, limit: 5 }],
    ["a pattern that may match anywhere", { filter: { name: { $regex: "9$" } }, limit: 5 }],
    ["alternatives of which one has no index", { filter: { $or: [{ rare: 1 }, { other: 2 }] } }],
    ["a page that lies far behind", { filter: {}, sort: { name: 1, _id: 1 }, skip: 400, limit: 5 }],
    [
      "an order and a condition that the index doesn't have",
      { filter: { other: 1 }, sort: { name: 1, _id: 1 }, limit: 5 },
    ],
  ])("is not %s", async (_what, options) => {
    await expect(find(options)).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE", details: { maximum: BOUND } });
  });

  it("is what an index bounds that was built since it was refused", async () => {
    const { model } = database();
    const late = await collectionOf(
      model,
      Array.from({ length: 400 }, (_, i) => ({ _id: `l${i}`, n: i })),
    );
    const options: FindOptions = { filter: { n: 3 }, maxExamined: BOUND };
    await expect(model.find(late, options)).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
    await model.keepIndexes(late, [{ n: 1, _id: 1 }], { signal: new AbortController().signal, onStep: () => {} });
    await vi.waitFor(async () => expect(await model.find(late, options)).toHaveLength(1), {
      timeout: 10_000,
      interval: 100,
    });
  });

  it("depends on the values, not on the filter's shape alone", async () => {
    expect(await find({ filter: { name: { $gte: "n01990" } } })).toBe(10);
    await expect(find({ filter: { name: { $gte: "n00000" } } })).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
    expect(await find({ filter: { name: { $gte: "n01995" } } })).toBe(5);
  });

  const run = async (...pipeline: readonly Filter[]): Promise<number> =>
    (await database().model.aggregate(users, pipeline, { maxExamined: BOUND })).length;
  const lookup = (foreignField: string): Filter => ({
    $lookup: { from: orders, localField: "_id", foreignField, as: "orders" },
  });

  it.each([1, 1_000, 1_990])(
    "is each page of a list that is read on by cursors, also from behind: at %s",
    async (place) => {
      const [name, id] = [`n${String(place).padStart(5, "0")}`, `u${place}`];
      const before = {
        $or: [{ name: { $not: { $gte: name } } }, { $and: [{ name: { $eq: name } }, { _id: { $lt: id } }] }],
      };
      const up = { name: 1, _id: 1 } as const;
      const down = { name: -1, _id: -1 } as const;
      expect(await find({ filter: after(name, id), sort: up, limit: 5 })).toBe(5);
      expect(await find({ filter: before, sort: down, limit: 5 })).toBe(Math.min(5, place));
      expect(await find({ filter: { $and: [{ group: 1 }, before] }, sort: down, limit: 5 })).toBeLessThanOrEqual(5);
      expect(await find({ filter: { $and: [{ group: 1 }, after(name, id)] }, sort: up, limit: 5 })).toBeLessThanOrEqual(
        5,
      );
    },
  );

  it("is a join by a column that has one, for few documents", async () => {
    const rare = { $match: { rare: 7 } };
    expect(await run(rare, lookup("owner"), { $match: { "orders.0": { $exists: true } } })).toBe(20);
    await expect(run(rare, lookup("unindexed"))).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
    await expect(run({ $match: { group: 1 } }, lookup("owner"))).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
  });

  it("is a page that is joined after it was cut", async () => {
    const page = [{ $sort: { name: 1, _id: 1 } }, { $limit: 5 }];
    expect(await run(...page, lookup("owner"))).toBe(5);
    await expect(run(...page, lookup("unindexed"))).rejects.toMatchObject({ code: "QUERY_TOO_EXPENSIVE" });
  });

  it("is a group of what an index finds, with a filter on a join after it", async () => {
    expect(await run({ $match: { rare: 7 } }, { $group: { _id: "$group", n: { $sum: 1 } } })).toBe(1);
    expect(await run(lookup("owner"), { $match: { $and: [{ "orders.owner": "u7" }, { rare: 7 }] } })).toBe(1);
  });

  it("is told of by its name", async () => {
    expect(await database().model.explain(users, { find: { filter: { rare: 7 } } })).toMatchObject({
      index: "eventql_rare_1__id_1",
      documentsExamined: 20,
      documentsReturned: 20,
    });
    const pipeline = [{ $match: { rare: 7 } }, lookup("owner")];
    expect(await database().model.explain(users, { pipeline })).toMatchObject({
      index: expect.stringContaining("eventql_rare_1__id_1"),
      documentsReturned: 20,
    });
  });
});

/** The condition of a page that goes on after a document. */
function after(name: string, id: string): Filter {
  return { $or: [{ name: { $gt: name } }, { name, _id: { $gt: id } }] };
}
