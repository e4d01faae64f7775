import { expect, it } from "vitest";
import { extendedJson } from "../../../src/graphql/explain/extended-json.ts";
import { Decimal } from "../../../src/model/decimal.ts";

it("has a form for everything that a filter may hold", () => {
  const filter = {
    $and: [{ a: 1 }, { b: { $gt: 5n } }, { c: null, d: true, e: "x" }],
    f: { $in: [new Date(0), new Decimal("1.50")] },
    g: /^a/i,
    h: new Uint8Array([1, 2]),
    i: Number.NaN,
  };
  expect(JSON.parse(JSON.stringify(extendedJson(filter)))).toEqual({
    $and: [{ a: 1 }, { b: { $gt: { $numberLong: "5" } } }, { c: null, d: true, e: "x" }],
    f: { $in: [{ $date: "1970-01-01T00:00:00.000Z" }, { $numberDecimal: "1.50" }] },
    g: { $regularExpression: { pattern: "^a", options: "i" } },
    h: { $binary: { base64: "AQI=", subType: "00" } },
    i: { $numberDouble: "NaN" },
  });
});
