import { describe, expect, it } from "vitest";
import type { CatalogIndexes } from "../../src/catalog/column-indexes.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import type { CatalogHints } from "../../src/catalog/hints.ts";
import { EventQLError } from "../../src/errors.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const list = (items: unknown): unknown => ({ type: "array", items });
const address = {
  type: "record",
  name: "Address",
  fields: ["street", "city"].map((name) => ({ name, type: "string" })),
};
const order = {
  type: "record",
  name: "Placed",
  fields: [
    { name: "order_no", type: "string", eventql: { key: true } },
    { name: "customer", type: "string", eventql: { references: "Person" } },
    { name: "watchers", type: list("string"), eventql: { references: "Person" } },
    { name: "secret", type: "string", eventql: { references: "Person", hidden: true } },
    { name: "total", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "placed_at", type: { type: "long", logicalType: "timestamp-micros" }, eventql: { column: "placed" } },
    { name: "tags", type: list("string") },
    { name: "address", type: ["null", address], default: null },
    { name: "stops", type: list("Address") },
    { name: "labels", type: { type: "map", values: "string" } },
    { name: "either", type: ["string", "int"] },
    { name: "gone", type: "null" },
  ],
};
const person = { type: "record", name: "Named", fields: [{ name: "name", type: "string" }] };
const cancelled = {
  type: "record",
  name: "Cancelled",
  eventql: { effect: "delete" },
  fields: [{ name: "reason", type: "string", eventql: {} }],
};

async function catalogOf(indexes: CatalogIndexes, hints: CatalogHints = {}): ReturnType<typeof gatherCatalog> {
  const registry = new FakeRegistry();
  await registry.add("persons-value", person);
  await registry.add("orders-Placed", order);
  await registry.add("orders-Cancelled", cancelled);
  return gatherCatalog(registry, { indexes, hints });
}

async function indexesOf(indexes: CatalogIndexes, hints?: CatalogHints): Promise<readonly unknown[]> {
  const { aggregates } = await catalogOf(indexes, hints);
  return aggregates.find(({ name }) => name === "Order")?.indexes.map((index) => Object.entries(index)) ?? [];
}

async function problemsOf(indexes: CatalogIndexes, hints?: CatalogHints): Promise<readonly unknown[]> {
  const error: unknown = await catalogOf(indexes, hints).catch((thrown: unknown) => thrown);
  if (!(error instanceof EventQLError) || error.code !== "CATALOG_INVALID") throw new TypeError("it isn't refused");
  return error.message.split("\n- ").slice(1);
}

const REFERENCES = [
  [
    ["customer", 1],
    ["_id", 1],
  ],
  [
    ["watchers", 1],
    ["_id", 1],
  ],
];

describe("the indexes of an aggregate", () => {
  it("are those of columns that reference, unless they are hidden", async () => {
    expect(await indexesOf({})).toEqual(REFERENCES);
  });

  it("are those of hints too, in a schema or in the configuration", async () => {
    const fields = {
      total: { index: true },
      placed_at: { index: true },
      secret: { index: true },
      tags: { index: false },
    };
    expect(await indexesOf({}, { Placed: { fields } })).toEqual([
      ...REFERENCES,
      [
        ["secret", 1],
        ["_id", 1],
      ],
      [
        ["total", 1],
        ["_id", 1],
      ],
      [
        ["placed", 1],
        ["_id", 1],
      ],
    ]);
  });

  it.each<[string, CatalogIndexes[string], readonly unknown[]]>([
    [
      "one column",
      ["total"],
      [
        [
          ["total", 1],
          ["_id", 1],
        ],
      ],
    ],
    [
      "several",
      [["tags", "total"]],
      [
        [
          ["tags", 1],
          ["total", 1],
          ["_id", 1],
        ],
      ],
    ],
    [
      "with directions",
      [["total", { placed: "DESC" }]],
      [
        [
          ["total", 1],
          ["placed", -1],
          ["_id", -1],
        ],
      ],
    ],
    [
      "inside a record",
      ["address.city"],
      [
        [
          ["address.city", 1],
          ["_id", 1],
        ],
      ],
    ],
    [
      "inside a list of records",
      [["stops.city", "stops.street"]],
      [
        [
          ["stops.city", 1],
          ["stops.street", 1],
          ["_id", 1],
        ],
      ],
    ],
    [
      "with the id",
      [["total", { id: "DESC" }]],
      [
        [
          ["total", 1],
          ["_id", -1],
        ],
      ],
    ],
    [
      "that are the same",
      ["total", ["total"], [{ total: "DESC" }]],
      [
        [
          ["total", 1],
          ["_id", 1],
        ],
      ],
    ],
    ["that references have", ["customer"], []],
  ])("are those of the configuration: %s", async (_what, asked, expected) => {
    expect(await indexesOf({ Order: asked })).toEqual([...REFERENCES, ...expected]);
  });
});

describe("a wrong index", () => {
  it.each<[string, CatalogIndexes[string], RegExp]>([
    ["names no column", ["totl"], /names totl, which is no column\. Did you mean total\?/],
    ["names no field of a record", ["address.town"], /address has no field town\. It has street, city\./],
    ["goes into what has no fields", ["total.cents"], /total is .*, which has no fields\. Name total alone\./],
    ["is of a record", ["address"], /address is a record.* Name one of its fields \(street, city\)/],
    ["is of a map", ["labels"], /labels is .*, which no index helps to filter/],
    ["is of a union", ["either"], /either is .*, which no index helps to filter/],
    [
      "is of several lists",
      [["tags", "watchers"]],
      /several lists, tags and watchers\. MongoDB indexes one list at a time/,
    ],
    ["names a column twice", [["total", { total: "DESC" }]], /names total twice/],
    ["has no columns", [[]], /an index has 0 columns\. Name from 1 to 31\./],
    ["begins with the id", [["id", "total"]], /begins with the id\. The id has its own\./],
  ])("%s", async (_what, asked, message) => {
    const problems = await problemsOf({ Order: asked });
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems).toEqual([expect.stringMatching(/^eventql\.config\.ts indexes\.Order: /)]);
  });

  it("is of an aggregate that there isn't", async () => {
    expect(await problemsOf({ Ordr: ["total"] })).toEqual([
      "eventql.config.ts indexes.Ordr: there is no such aggregate. Did you mean Order?",
    ]);
  });

  it("is asked for by a hint: of what can't have one, or has no column", async () => {
    const hints = {
      Placed: { fields: { address: { index: true }, labels: { index: true }, order_no: { index: true } } },
      Cancelled: { fields: { reason: { index: true } } },
    };
    expect(await problemsOf({}, hints)).toEqual([
      expect.stringMatching(/^orders-Cancelled, field reason: it has the hint index and no column/),
      expect.stringMatching(/^orders-Placed, field address: address is a record/),
      expect.stringMatching(/^orders-Placed, field labels: labels is /),
      expect.stringMatching(/^orders-Placed, field order_no: it has the hint index and no column/),
    ]);
  });

  it("is one too many", async () => {
    const directions = (i: number): "ASC" | "DESC" => (i % 2 === 0 ? "ASC" : "DESC");
    const asked = Array.from({ length: 64 }, (_, i) =>
      ["total", "placed", "tags", "address.city", "address.street", "customer"].map((column, bit) => ({
        [column]: directions(i >> bit),
      })),
    );
    expect(await problemsOf({ Order: [...asked, ...MORE] })).toEqual([
      expect.stringMatching(/indexes are asked for, and a collection has at most 50\. Ask for fewer\./),
    ]);
  });
});

/** Twenty that differ. */
const MORE = ["total", "placed", "tags", "address.city", "address.street"].flatMap((first) =>
  ["total", "placed", "tags", "address.city", "address.street"].flatMap((second) =>
    first === second ? [] : [[first, second]],
  ),
);
