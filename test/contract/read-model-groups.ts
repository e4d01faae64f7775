import { describe, expect, it } from "vitest";
import { Decimal } from "../../src/model/decimal.ts";
import type { StoredDocument } from "../../src/read-model/read-model.ts";
import type { StoreOf } from "./read-model.ts";
import { collectionOf } from "./read-model-support.ts";

const LONG = 2n ** 63n - 1n;

const VALUES: StoredDocument = {
  _id: "1",
  long: LONG,
  small: 7n,
  int: -7,
  double: 2.5,
  price: new Decimal("-12.50"),
  nothing: null,
  list: ["a", null],
  empty: [],
  micros: -1n,
  late: 4_102_444_800_000_001n,
  winter: new Date("2021-03-28T00:30:15.250Z"),
  summer: new Date("2021-03-28T01:00:00.000Z"),
  sunday: new Date("2021-08-01T23:59:59.999Z"),
  // Clocks in São Paulo leapt from midnight to one.
  leap: new Date("2018-11-04T12:00:00.000Z"),
};

const BERLIN = "Europe/Berlin";

/** Expressions of {@link VALUES}, and what they come to. */
const EXPRESSIONS: Readonly<Record<string, readonly [unknown, unknown]>> = {
  "a long as a decimal": [{ $toDecimal: "$long" }, new Decimal("9223372036854775807")],
  "an int as a decimal": [{ $toDecimal: "$int" }, new Decimal("-7")],
  "null as a decimal": [{ $toDecimal: "$nothing" }, null],
  "a missing field as a decimal": [{ $toDecimal: "$missing" }, null],
  "a decimal as a double": [{ $toDouble: "$price" }, -12.5],
  "a long as a double": [{ $toDouble: "$small" }, 7],
  "null as a double": [{ $toDouble: "$nothing" }, null],
  "an int as a long": [{ $toLong: "$int" }, -7n],
  "a date as a long": [{ $toLong: "$summer" }, 1_616_893_200_000n],
  "a decimal as a date": [{ $toDate: { $toDecimal: "$small" } }, new Date(7)],
  "a decimal by a whole number": [{ $divide: [{ $toDecimal: "$micros" }, 1000] }, new Decimal("-0.001")],
  "the floor of a decimal below 0": [{ $floor: { $divide: [{ $toDecimal: "$micros" }, 1000] } }, new Decimal("-1")],
  "the floor of a decimal": [{ $floor: { $divide: [{ $toDecimal: "$late" }, 1000] } }, new Decimal("4102444800000")],
  "the floor of a whole decimal": [{ $floor: { $toDecimal: "$int" } }, new Decimal("-7")],
  "the floor of null": [{ $floor: { $divide: [{ $toDecimal: "$nothing" }, 1000] } }, null],
  "a long times a number": [{ $multiply: ["$small", 1000] }, 7000n],
  "null times a number": [{ $multiply: [{ $toLong: "$nothing" }, 1000] }, null],
  "ints and doubles multiplied": [{ $multiply: ["$int", "$double"] }, -17.5],
  "the size of a list": [{ $size: "$list" }, 2],
  "the first of nothing": [{ $ifNull: [{ $first: "$empty" }, "none"] }, "none"],
  "the minute": [{ $dateTrunc: { date: "$winter", unit: "minute" } }, new Date("2021-03-28T00:30:00Z")],
  "the hour": [{ $dateTrunc: { date: "$winter", unit: "hour" } }, new Date("2021-03-28T00:00:00Z")],
  "the day": [{ $dateTrunc: { date: "$winter", unit: "day" } }, new Date("2021-03-28T00:00:00Z")],
  "the day in a zone": [
    { $dateTrunc: { date: "$summer", unit: "day", timezone: BERLIN } },
    new Date("2021-03-27T23:00:00Z"),
  ],
  "the day that a zone has begun before UTC": [
    { $dateTrunc: { date: "$sunday", unit: "day", timezone: BERLIN } },
    new Date("2021-08-01T22:00:00Z"),
  ],
  "a day that begins at one": [
    { $dateTrunc: { date: "$leap", unit: "day", timezone: "America/Sao_Paulo" } },
    new Date("2018-11-04T03:00:00Z"),
  ],
  "the Monday": [
    { $dateTrunc: { date: "$sunday", unit: "week", startOfWeek: "monday" } },
    new Date("2021-07-26T00:00:00Z"),
  ],
  "the Monday in a zone": [
    { $dateTrunc: { date: "$sunday", unit: "week", startOfWeek: "monday", timezone: BERLIN } },
    new Date("2021-08-01T22:00:00Z"),
  ],
  "the month in a zone": [
    { $dateTrunc: { date: "$summer", unit: "month", timezone: BERLIN } },
    new Date("2021-02-28T23:00:00Z"),
  ],
  "the quarter": [{ $dateTrunc: { date: "$sunday", unit: "quarter" } }, new Date("2021-07-01T00:00:00Z")],
  "the year": [{ $dateTrunc: { date: "$sunday", unit: "year", timezone: "+05:30" } }, new Date("2020-12-31T18:30:00Z")],
  "a date before 1970": [
    { $dateTrunc: { date: { $toDate: { $toDecimal: "$micros" } }, unit: "week", startOfWeek: "monday" } },
    new Date("1969-12-29T00:00:00Z"),
  ],
  "the day of null": [{ $dateTrunc: { date: "$nothing", unit: "day", timezone: BERLIN } }, null],
  "the minute that a clock shows": [{ $minute: { date: "$winter", timezone: "Asia/Kathmandu" } }, 15],
  "the minute of null": [{ $minute: { date: "$missing", timezone: BERLIN } }, null],
  "minutes before": [
    {
      $dateSubtract: {
        startDate: "$winter",
        unit: "minute",
        amount: { $minute: { date: "$winter", timezone: BERLIN } },
      },
    },
    new Date("2021-03-28T00:00:15.250Z"),
  ],
  "minutes before null": [{ $dateSubtract: { startDate: "$nothing", unit: "minute", amount: 5 } }, null],
};

const ITEMS: readonly StoredDocument[] = [
  { _id: "1", kind: "a", long: LONG, price: new Decimal("0.10"), tag: "x" },
  { _id: "2", kind: "a", long: LONG, price: new Decimal("0.25"), tag: "y" },
  { _id: "3", kind: null, long: 1n, tag: null },
  { _id: "4", long: null, price: new Decimal("-1"), tag: "x" },
  { _id: "5", kind: "b" },
];

/** What groups are calculated with. */
export function groupContract(storeOf: StoreOf): void {
  describe("groups", () => {
    it("have the same expressions", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [VALUES]);
      const fields = Object.values(EXPRESSIONS).map(([expression], index) => [`field${index}`, expression]);
      const [row] = await model.aggregate(collection, [{ $project: { _id: 0, ...Object.fromEntries(fields) } }]);
      const found = Object.keys(EXPRESSIONS).map((name, index) => [name, row?.[`field${index}`]]);
      const expected = Object.entries(EXPRESSIONS).map(([name, [, value]]) => [name, value]);
      expect(found).toStrictEqual(expected);
    });

    it("are of null and absent together, and add up longs beyond 64 bits", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, ITEMS);
      const groups = await model.aggregate(collection, [
        {
          $group: {
            _id: { kind: { $ifNull: ["$kind", null] } },
            count: { $sum: 1 },
            values: { $sum: { $cond: [{ $lte: ["$long", null] }, 0, 1] } },
            sum: { $sum: { $toDecimal: "$long" } },
            average: { $avg: { $toDecimal: "$long" } },
            price: { $sum: "$price" },
            tags: { $addToSet: { $ifNull: ["$tag", "$$REMOVE"] } },
          },
        },
        {
          $project: {
            _id: 0,
            key: "$_id",
            count: "$count",
            of: { long: { $cond: [{ $eq: ["$values", 0] }, null, "$sum"] }, price: "$price" },
            average: { $toDouble: "$average" },
            tags: { $size: "$tags" },
          },
        },
        { $match: { "of.price": { $lt: new Decimal("1.00") } } },
        { $sort: { "key.kind": 1 } },
      ]);
      const none = { of: { long: null, price: 0 }, average: null, tags: 0 };
      expect(groups).toEqual([
        {
          key: { kind: null },
          count: 2,
          of: { long: new Decimal("1"), price: new Decimal("-1") },
          average: 1,
          tags: 1,
        },
        {
          key: { kind: "a" },
          count: 2,
          of: { long: new Decimal((2n * LONG).toString()), price: new Decimal("0.35") },
          average: Number(LONG),
          tags: 2,
        },
        { key: { kind: "b" }, count: 1, ...none },
      ]);
    });

    it("round a sum of decimals to 34 digits", async () => {
      const { model } = storeOf();
      const price = new Decimal("9".repeat(34));
      const collection = await collectionOf(model, [
        { _id: "1", price },
        { _id: "2", price },
        { _id: "3", price: new Decimal("0.5") },
      ]);
      const groups = await model.aggregate(collection, [
        { $group: { _id: null, sum: { $sum: "$price" }, average: { $avg: "$price" } } },
      ]);
      const sum = new Decimal(`2${"0".repeat(34)}`);
      expect(groups).toEqual([{ _id: null, sum, average: new Decimal(`6${"6".repeat(32)}7`) }]);
    });

    it.each([
      ["documents", {}, { count: 5 }],
      ["no documents", { _id: "none" }, { count: 0 }],
    ])("are one row of %s", async (_name, filter, row) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, ITEMS);
      const stages = [
        { $match: filter },
        { $group: { _id: null, count: { $sum: 1 } } },
        { $project: { _id: 0, count: "$count" } },
        { $facet: { rows: [{ $limit: 1 }] } },
        { $replaceRoot: { newRoot: { $ifNull: [{ $first: "$rows" }, { count: 0 }] } } },
      ];
      expect(await model.aggregate(collection, stages)).toEqual([row]);
      expect(await model.aggregate("no such collection", stages)).toEqual([{ count: 0 }]);
    });
  });
}
