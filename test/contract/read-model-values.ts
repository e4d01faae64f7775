import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal } from "../../src/model/decimal.ts";
import type { Value } from "../../src/model/value.ts";
import type { StoreOf } from "./read-model.ts";
import { anyDocuments } from "./read-model-arbitraries.ts";
import { collectionOf, documentsOf } from "./read-model-support.ts";

const VALUES: Readonly<Record<string, Value>> = {
  null: null,
  "a boolean": false,
  zero: 0,
  "a negative integer": -42,
  "an integer beyond 32 bits": 1_763_700_000_000,
  "the greatest safe integer": Number.MAX_SAFE_INTEGER,
  "the least safe integer": Number.MIN_SAFE_INTEGER,
  "a fraction": 0.1,
  "a huge double": 1e300,
  "not a number": Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  "negative zero": -0,
  "a small bigint": 5n,
  "bigint zero": 0n,
  "a bigint beyond the safe integers": 9_007_199_254_740_993n,
  "the least long": -(2n ** 63n),
  "the greatest long": 2n ** 63n - 1n,
  "a decimal": new Decimal("-12.50"),
  "a decimal of a small number": new Decimal("0.0000000012"),
  "a decimal zero that has a scale": new Decimal("0.0000000000"),
  "a decimal of 34 digits": new Decimal("1234567890123456789012345678901234"),
  "a decimal of 34 digits behind the point": new Decimal("0.1234567890123456789012345678901234"),
  "decimals within": [{ key: "a", value: [new Decimal("1.0")] }, { list: [[new Decimal("2")]] }],
  "a text": "Grüße, 世界 \u{1F600}",
  "an empty text": "",
  "a date": new Date("2026-11-21T04:00:00.123Z"),
  "a date before 1970": new Date(-1),
  bytes: Uint8Array.of(0, 1, 127, 128, 255),
  "no bytes": new Uint8Array(0),
  "an empty list": [],
  "a list of lists": [[1, [2n ** 60n]], []],
  "an empty record": {},
  "a record": { first: { second: [{ third: new Date(0), fourth: Uint8Array.of(7) }] } },
  "a map": [
    { key: "a.b", value: 1 },
    { key: "$c", value: 2n ** 61n },
  ],
  "a tagged value": { _type: "app.user.Address", value: { street: "Main Street" } },
  "a record with a field named like an object's own": { constructor: 1, toString: "x", hasOwnProperty: null },
  "lists in fields named like an object's own": { valueOf: [{ a: 1 }], toString: ["x"], hasOwnProperty: [[1], {}] },
};

/** Values come back as they were written. */
export function valueContract(storeOf: StoreOf): void {
  describe("values", () => {
    it.each(Object.entries(VALUES))("%s comes back equal", async (_name, value) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "key", value }]);
      expect(await model.find(collection, { filter: { _id: "key" } })).toStrictEqual([{ _id: "key", value }]);
    });

    it("a field that is undefined is left out", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "key", missing: undefined, kept: 1 }]);
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "key", kept: 1 }]);
    });

    it("a bigint stays one, however small", async () => {
      const { model } = storeOf();
      const document = { _id: "key", value: 5n, list: [-7n], record: { x: 1n } };
      const collection = await collectionOf(model, [document]);
      expect(await documentsOf(model, collection)).toStrictEqual([document]);
    });

    it("a document with decimals is as it was after it was written", async () => {
      const { model } = storeOf();
      const document = { _id: "key", price: new Decimal("1.50"), rows: [{ price: new Decimal("2.50") }] };
      await collectionOf(model, [document]);
      expect(document).toStrictEqual({
        _id: "key",
        price: new Decimal("1.50"),
        rows: [{ price: new Decimal("2.50") }],
      });
    });

    it("a document that was written doesn't change with the object that it was written from", async () => {
      const { model } = storeOf();
      const list = [1];
      const bytes = Uint8Array.of(1);
      const collection = await collectionOf(model, [{ _id: "key", list, bytes }]);
      list.push(2);
      bytes[0] = 9;
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "key", list: [1], bytes: Uint8Array.of(1) }]);
    });

    it("any documents come back equal", async () => {
      const { model } = storeOf();
      await fc.assert(
        fc.asyncProperty(anyDocuments, async (documents) => {
          const collection = await collectionOf(model, documents);
          expect(await documentsOf(model, collection)).toStrictEqual(documents);
        }),
        { numRuns: 25 },
      );
    });
  });
}
