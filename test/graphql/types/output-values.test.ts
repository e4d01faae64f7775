import { describe, expect, it, onTestFinished } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { everyType } from "../example-catalogs.ts";
import { codes, dataOf, openHarness } from "../harness.ts";

describe("a document with a column of every type", () => {
  const STORED = {
    _id: "1",
    flag: true,
    count: -1,
    total: 9007199254740993n,
    ratio: 0.5,
    score: 1e300,
    title: "A",
    raw: new Uint8Array([255, 0]),
    hash: new Uint8Array([1, 2, 3, 4]),
    price: new Decimal("12.50"),
    ref: "0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10",
    day: new Date("2024-02-29T00:00:00Z"),
    at_millis: 49_530_123,
    at_micros: 49_530_123_456n,
    seen_millis: new Date("1969-12-31T23:59:59.999Z"),
    seen_micros: -1n,
    local_millis: new Date("2024-05-17T13:45:30.123Z"),
    local_micros: 1_715_953_530_123_456n,
    nothing: null,
    color: "true",
    size: "XXL",
    tags: ["a", "b"],
    colors: ["RED", "MAUVE"],
    attributes: [{ key: "k", value: "v" }],
    counts: [{ key: "k", value: 1n }],
    address: { city: "Rome" },
    payment: { _type: "shop.Cash", value: {} },
    anything: { _type: "shop.Color", value: "GREEN" },
    tree: { label: "root", children: [{ label: "leaf", children: [] }] },
    addresses: [{ city: "Oslo", zip: 1 }],
  };
  const SELECTION = `flag count total ratio score title raw hash price ref day at_millis at_micros seen_millis seen_micros
    local_millis local_micros nothing color tags colors attributes { key value } counts { key value } address { city zip }
    payment { __typename ... on Card { digits } ... on Cash { _empty } }
    anything { __typename ... on ColorBox { value } ... on LongBox { long: value } ... on StringListBox { list: value } }
    tree { label children { label children { label } } } addresses { city zip }`;

  it("shows each in its form, an unknown symbol as the default", async () => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    await things.store("things", [STORED]);
    expect(dataOf(await things.run(`{ thing(id: "1") { ${SELECTION} } }`))).toMatchInlineSnapshot(`
      {
        "thing": {
          "address": {
            "city": "Rome",
            "zip": null,
          },
          "addresses": [
            {
              "city": "Oslo",
              "zip": 1,
            },
          ],
          "anything": {
            "__typename": "ColorBox",
            "value": "GREEN",
          },
          "at_micros": "13:45:30.123456",
          "at_millis": "13:45:30.123",
          "attributes": [
            {
              "key": "k",
              "value": "v",
            },
          ],
          "color": "true_",
          "colors": [
            "RED",
            "RED",
          ],
          "count": -1,
          "counts": [
            {
              "key": "k",
              "value": "1970-01-01T00:00:00.000001Z",
            },
          ],
          "day": "2024-02-29",
          "flag": true,
          "hash": "AQIDBA==",
          "local_micros": "2024-05-17T13:45:30.123456",
          "local_millis": "2024-05-17T13:45:30.123",
          "nothing": null,
          "payment": {
            "__typename": "Cash",
            "_empty": null,
          },
          "price": "12.50",
          "ratio": 0.5,
          "raw": "/wA=",
          "ref": "0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10",
          "score": 1e+300,
          "seen_micros": "1969-12-31T23:59:59.999999Z",
          "seen_millis": "1969-12-31T23:59:59.999Z",
          "tags": [
            "a",
            "b",
          ],
          "title": "A",
          "total": "9007199254740993",
          "tree": {
            "children": [
              {
                "children": [],
                "label": "leaf",
              },
            ],
            "label": "root",
          },
        },
      }
    `);
  });

  it("shows null with an error for a symbol that its enum doesn't have", async () => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    await things.store("things", [STORED]);
    const result = await things.run(`{ thing(id: "1") { title size } }`);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ thing: { title: "A", size: null } });
    expect(codes(result)).toEqual(["VALUE_UNREPRESENTABLE"]);
    expect(result.errors?.[0]?.path).toEqual(["thing", "size"]);
  });

  it.each([
    ["score", Number.NaN],
    ["ratio", Number.NEGATIVE_INFINITY],
    ["at_millis", 86_400_000],
    ["at_micros", -1n],
    ["seen_micros", 2n ** 63n - 1n],
    ["local_micros", -(2n ** 63n)],
  ])("shows null with an error that names the column for a %s of %s", async (column, value) => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    await things.store("things", [{ ...STORED, [column]: value }]);
    const result = await things.run(`{ thing(id: "1") { title ${column} } }`);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ thing: { title: "A", [column]: null } });
    expect(codes(result)).toEqual(["VALUE_UNREPRESENTABLE"]);
    expect(result.errors?.[0]?.path).toEqual(["thing", column]);
  });

  it("shows what was stored when a column's type was narrower", async () => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    await things.store("things", [{ _id: "1", total: 5, seen_micros: 1, score: 7n }]);
    expect(dataOf(await things.run('{ thing(id: "1") { total seen_micros score } }'))).toEqual({
      thing: { total: "5", seen_micros: "1970-01-01T00:00:00.000001Z", score: 7 },
    });
  });

  it("shows null for what is not stored", async () => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    await things.store("things", [{ _id: "1" }]);
    const { thing } = JSON.parse(JSON.stringify(dataOf(await things.run(`{ thing(id: "1") { ${SELECTION} } }`))));
    expect(Object.values(thing).filter((value) => value !== null)).toEqual([]);
  });

  it("shows the branch of a union with its type", async () => {
    const things = await openHarness(everyType);
    onTestFinished(() => things.close());
    const long = { _type: "long", value: 5n };
    const card = { _type: "shop.Card", value: { digits: "42" } };
    await things.store("things", [{ _id: "1", anything: long, payment: card }]);
    const selection = "anything { __typename ... on LongBox { value } } payment { __typename ... on Card { digits } }";
    expect(dataOf(await things.run(`{ thing(id: "1") { ${selection} } }`))).toEqual({
      thing: { anything: { __typename: "LongBox", value: "5" }, payment: { __typename: "Card", digits: "42" } },
    });
  });
});
