import { describe, expect, it } from "vitest";
import { Decimal } from "../../src/model/decimal.ts";
import type { Filter, StoredDocument } from "../../src/read-model/read-model.ts";
import type { StoreOf } from "./read-model.ts";
import { collectionOf, newCheckpoint, nextCommit, writesTo } from "./read-model-support.ts";

const LONG = 2n ** 60n;

const price = (text: string): Decimal => new Decimal(text);

const PEOPLE: readonly StoredDocument[] = [
  {
    _id: "1",
    name: "Ada",
    age: 36,
    balance: LONG,
    price: price("9.50"),
    tags: ["math", "code"],
    home: { city: "London", zip: null },
  },
  {
    _id: "2",
    name: "Alan",
    age: 41,
    balance: LONG + 1n,
    price: price("10.50"),
    tags: ["code"],
    home: { city: "Wilmslow" },
  },
  { _id: "3", name: "a.b*c", age: null, balance: 5, tags: [], born: new Date(5), token: Uint8Array.of(1, 2) },
  {
    _id: "4",
    name: "Grace",
    balance: -LONG,
    price: price("-0.01"),
    tags: null,
    born: new Date(6),
    token: Uint8Array.of(1, 3),
  },
];

const FILTERS: readonly (readonly [string, Filter, readonly string[]])[] = [
  ["a key", { _id: "2" }, ["2"]],
  ["keys, some of them absent or repeated", { _id: { $in: ["4", "1", "none", "1"] } }, ["1", "4"]],
  ["keys and a condition", { $and: [{ _id: { $in: ["1", "2"] } }, { age: { $gt: 40 } }] }, ["2"]],
  ["contradicting keys", { $and: [{ _id: "1" }, { _id: "2" }] }, []],
  ["null, which finds a missing field too", { age: null }, ["3", "4"]],
  ["not null", { age: { $ne: null } }, ["1", "2"]],
  ["existence", { age: { $exists: true } }, ["1", "2", "3"]],
  ["a bigint", { balance: LONG + 1n }, ["2"]],
  ["a bigint between", { balance: { $gt: 5n, $lte: LONG } }, ["1"]],
  ["a number among bigints", { balance: { $lt: 6 } }, ["3", "4"]],
  ["a bigint that equals a number", { balance: { $in: [5n] } }, ["3"]],
  ["bigints left out", { balance: { $nin: [LONG, -LONG] } }, ["2", "3"]],
  ["a bigint of another value in the same double", { balance: { $gt: LONG, $lt: LONG + 2n } }, ["2"]],
  ["an int that equals a bigint", { age: { $in: [36n, 41n] } }, ["1", "2"]],
  ["a decimal, whatever its scale", { price: price("9.5000") }, ["1"]],
  ["decimals by their value, not their text", { price: { $gt: price("9.5"), $lte: price("10.50") } }, ["2"]],
  ["a negative decimal", { price: { $lt: price("0") } }, ["4"]],
  ["decimals left out", { price: { $nin: [price("10.5"), null] } }, ["1", "4"]],
  ["a decimal among several", { price: { $in: [price("-0.010"), price("9.50"), price("7")] } }, ["1", "4"]],
  ["an expression with a decimal", { $expr: { $gte: ["$price", price("9.50")] } }, ["1", "2"]],
  ["a date", { born: new Date(6) }, ["4"]],
  ["bytes", { token: Uint8Array.of(1, 2) }, ["3"]],
  ["an element of a list", { tags: "code" }, ["1", "2"]],
  ["all elements", { tags: { $all: ["code", "math"] } }, ["1"]],
  ["a list's size", { tags: { $size: 0 } }, ["3"]],
  ["a nested field", { "home.city": { $in: ["London"] } }, ["1"]],
  ["a start", { name: { $regex: "^A" } }, ["1", "2"]],
  ["a start in any case", { name: { $regex: "^a", $options: "i" } }, ["1", "2", "3"]],
  ["an escaped text", { name: { $regex: "\\.b\\*" } }, ["3"]],
  ["alternatives", { $or: [{ age: 36 }, { name: "Grace" }] }, ["1", "4"]],
  ["none of them", { $nor: [{ age: 36 }, { name: "Grace" }] }, ["2", "3"]],
  ["a negated condition", { age: { $not: { $gte: 40 } } }, ["1", "3", "4"]],
  ["an expression", { $expr: { $gte: ["$balance", LONG] } }, ["1", "2"]],
];

/** Queries find what MongoDB finds. */
export function queryContract(storeOf: StoreOf): void {
  describe("find", () => {
    it.each(FILTERS)("by %s", async (_name, filter, keys) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, PEOPLE);
      const found = await model.find(collection, { filter, sort: { _id: 1 } });
      expect(found).toStrictEqual(PEOPLE.filter(({ _id }) => keys.includes(_id)));
    });

    it("sorts numbers with bigints, missing first, and takes a page", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, PEOPLE);
      const keysBy = async (sort: Record<string, 1 | -1>, skip?: number, limit?: number): Promise<string[]> => {
        const page = { ...(skip === undefined ? {} : { skip }), ...(limit === undefined ? {} : { limit }) };
        const found = await model.find(collection, { filter: {}, sort, ...page });
        return found.map(({ _id }) => _id);
      };
      expect(await keysBy({ balance: 1 })).toStrictEqual(["4", "3", "1", "2"]);
      expect(await keysBy({ price: 1 })).toStrictEqual(["3", "4", "1", "2"]);
      expect(await keysBy({ age: 1, _id: -1 })).toStrictEqual(["4", "3", "1", "2"]);
      expect(await keysBy({ age: -1, _id: 1 }, 1, 2)).toStrictEqual(["1", "3"]);
      expect(await keysBy({ _id: 1 }, 10)).toStrictEqual([]);
      expect(await keysBy({ _id: 1 }, 0, 0)).toStrictEqual([]);
    });

    it("returns the fields that are named, and the key", async () => {
      const { model } = storeOf();
      const rows = [{ x: 1, y: 2 }, 3, { y: 4 }];
      const collection = await collectionOf(model, [{ _id: "1", name: "Ada", home: { city: "London", zip: 1 }, rows }]);
      const read = async (...fields: string[]): Promise<unknown> => model.find(collection, { filter: {}, fields });
      expect(await read("name", "none")).toStrictEqual([{ _id: "1", name: "Ada" }]);
      expect(await read("home.city", "rows.x")).toStrictEqual([
        { _id: "1", home: { city: "London" }, rows: [{ x: 1 }, {}] },
      ]);
      expect(await read("home.city", "home")).toStrictEqual([{ _id: "1", home: { city: "London", zip: 1 } }]);
      expect(await read("name.first")).toStrictEqual([{ _id: "1" }]);
      expect(await read()).toStrictEqual([{ _id: "1" }]);
    });

    it("finds nothing in a collection that isn't there", async () => {
      expect(await storeOf().model.find("no such collection", { filter: {} })).toStrictEqual([]);
    });

    it("reads in one go what was committed before, causally or not", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, PEOPLE);
      expect(await model.find(collection, { filter: {}, causal: true })).toHaveLength(4);
      expect(await model.aggregate(collection, [{ $count: "n" }], { causal: true })).toStrictEqual([{ n: 4 }]);
    });

    it("refuses an operator that doesn't exist", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, PEOPLE);
      await expect(model.find(collection, { filter: { age: { $nearly: 1 } } })).rejects.toMatchObject({
        code: "INTERNAL",
      });
    });
  });

  describe("aggregate", () => {
    it("groups, counts and adds up, bigints exactly", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [
        { _id: "1", kind: "a", n: 1, big: LONG },
        { _id: "2", kind: "a", n: 2.5, big: 3n },
        { _id: "3", kind: "b", n: 4, big: LONG + 2n },
        { _id: "4", kind: "b", big: null },
        { _id: "5" },
      ]);
      const groups = await model.aggregate(collection, [
        { $match: { _id: { $ne: "none" } } },
        {
          $group: {
            _id: "$kind",
            count: { $sum: 1 },
            sum: { $sum: "$n" },
            avg: { $avg: "$n" },
            total: { $sum: "$big" },
            min: { $min: "$big" },
            max: { $max: "$big" },
          },
        },
        { $sort: { _id: 1 } },
      ]);
      expect(groups).toStrictEqual([
        { _id: null, count: 1, sum: 0, avg: null, total: 0, min: null, max: null },
        { _id: "a", count: 2, sum: 3.5, avg: 1.75, total: LONG + 3n, min: 3n, max: LONG },
        { _id: "b", count: 2, sum: 4, avg: 4, total: LONG + 2n, min: LONG + 2n, max: LONG + 2n },
      ]);
    });

    it("adds decimals up, and takes them as the keys of groups, by their value", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [
        { _id: "1", kind: price("1.0"), n: price("0.10") },
        { _id: "2", kind: price("1.0"), n: price("0.20") },
        { _id: "3", kind: price("2.0"), n: price("9999999999999999999999999999999.99") },
        { _id: "4", kind: price("2.0"), n: price("0.01") },
        { _id: "5", kind: price("3.0"), n: null },
      ]);
      const totals = { total: { $sum: "$n" }, avg: { $avg: "$n" }, min: { $min: "$n" }, max: { $max: "$n" } };
      const groups = await model.aggregate(collection, [
        { $group: { _id: "$kind", ...totals } },
        { $match: { _id: { $gte: price("1") } } },
        { $sort: { _id: 1 } },
      ]);
      const large = "9999999999999999999999999999999.99";
      expect(groups).toStrictEqual([
        { _id: price("1.0"), total: price("0.30"), avg: price("0.15"), min: price("0.10"), max: price("0.20") },
        {
          _id: price("2.0"),
          total: price("10000000000000000000000000000000.00"),
          avg: price("5000000000000000000000000000000.00"),
          min: price("0.01"),
          max: price(large),
        },
        { _id: price("3.0"), total: 0, avg: null, min: null, max: null },
      ]);
    });

    it("filters groups, pages and projects", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, PEOPLE);
      const pipeline = [
        { $match: { balance: { $gte: -LONG } } },
        { $sort: { balance: -1 } },
        { $skip: 1 },
        { $limit: 2 },
        { $project: { _id: 0, name: 1, isRich: { $gte: ["$balance", LONG] } } },
      ];
      expect(await model.aggregate(collection, pipeline)).toStrictEqual([
        { name: "Ada", isRich: true },
        { name: "a.b*c", isRich: false },
      ]);
    });

    it("leaves the documents as they are", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "1", home: { city: "London" } }]);
      await model.aggregate(collection, [{ $set: { "home.city": "Paris" } }, { $unset: "home.zip" }]);
      expect(await model.find(collection, { filter: {} })).toStrictEqual([{ _id: "1", home: { city: "London" } }]);
    });
  });

  describe("collections", () => {
    it("are made by many at once, and again, with their indexes", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const specs = [
        { name: collection },
        { name: `${collection}-2`, indexes: [{ a: 1 }, { b: 1, _id: -1 }] },
      ] as const;
      await Promise.all([1, 2, 3].map(async () => model.ensureCollections(specs)));
      await model.ensureCollections(specs);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const writes = writesTo(`${collection}-2`, { inserts: [{ _id: "1", a: 1 }] });
      expect(await model.commit(nextCommit(checkpoint, writes))).toStrictEqual({ status: "committed" });
    });
  });
}
