import { describe, expect, it } from "vitest";
import { schemaMistakes } from "../../../src/schema-registry/avro/check-schema.ts";

const record = (name: string, fields: Readonly<Record<string, unknown>>): unknown => ({
  type: "record",
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});

describe("a schema with names that every object has", () => {
  it.each([
    ["symbols", { type: "enum", name: "E", symbols: ["constructor", "toString", "hasOwnProperty"] }],
    ["types", record("valueOf", { a: record("constructor", { b: "int" }), c: "constructor" })],
    ["fields", record("R", { constructor: "int", toString: "string" })],
  ])("in its %s is valid", (_title, schema) => {
    expect(schemaMistakes(JSON.stringify(schema))).toEqual([]);
  });

  it("may leave such a field out of a default that has one itself", () => {
    const inner = { type: "record", name: "I", fields: [{ name: "constructor", type: "int", default: 1 }] };
    const outer = { type: "record", name: "R", fields: [{ name: "a", type: inner, default: {} }] };
    expect(schemaMistakes(JSON.stringify(outer))).toEqual([]);
  });
});

it("may have a record of itself in a default", () => {
  const fields = [
    { name: "more", type: { type: "map", values: "R" }, default: { a: { more: {}, note: "x" } } },
    { name: "note", type: "string" },
  ];
  expect(schemaMistakes(JSON.stringify({ type: "record", name: "R", fields }))).toEqual([]);
});

it("has a branch in each union", () => {
  expect(schemaMistakes(JSON.stringify(record("R", { a: [] })))).toEqual([
    "field `a`: the union has no branches: list its types",
  ]);
});
