import { describe, expect, it } from "vitest";
import { longestChain } from "../../../src/catalog/avro/children.ts";
import { parseSchema, parseSchemaText } from "../../../src/catalog/avro/parse.ts";
import { isEventQLError } from "../../../src/errors.ts";

function mistakesOf(schema: unknown): string {
  try {
    parseSchemaText(typeof schema === "string" ? schema : JSON.stringify(schema));
    return "";
  } catch (error) {
    if (isEventQLError(error, "SCHEMA_INVALID")) return error.message;
    throw error;
  }
}

function record(...fields: readonly unknown[]): unknown {
  return { type: "record", name: "x.R", fields };
}

function nested(depth: number): unknown {
  return depth === 0 ? "int" : { type: "array", items: nested(depth - 1) };
}

/** Records of which each has the one before, each written once. */
function chain(length: number): readonly unknown[] {
  return Array.from({ length }, (_, at) => ({
    type: "record",
    name: `R${at}`,
    fields: [{ name: "a", type: at === 0 ? "int" : `R${at - 1}` }],
  }));
}

describe("a schema that is not valid Avro", () => {
  it("has all its mistakes listed, each with its place and the remedy", () => {
    const schema = record(
      { name: "a", type: "Missing" },
      { name: "b c", type: "int" },
      { name: "d", type: { type: "array", items: { type: "fixed", name: "F" } } },
      { name: "e", type: { type: "map", values: ["int", "int", []] } },
      { name: "f" },
      { name: "a", type: "string" },
      { type: "int" },
      { name: "g", type: { type: "enum", name: "E", symbols: ["A", 7, "A"] } },
    );
    expect(mistakesOf(schema).split("; ")).toEqual([
      "The schema is not valid Avro: at a, the type Missing is not defined: define it before, or refer to a schema that does",
      'the record x.R has a field whose name is no Avro name, "b c": use letters, digits and _, no digit first',
      "at d[], the fixed x.F has no size: give it as a whole number of bytes",
      "at e{}, a union has no branches: list its types",
      "at e{}, a union stands directly in a union: make them one",
      "at f, a type is missing: give it",
      "the record x.R has the field a twice: rename one",
      "the record x.R has a field without a name: use letters, digits and _, no digit first",
      "at g, the enum x.E has a symbol that is no text: quote it",
      "at g, the enum x.E has a symbol twice: keep one.",
    ]);
  });

  it("has the first ones listed where they are many", () => {
    const many = Array.from({ length: 50 }, (_, at) => ({ name: `f${at}`, type: "No" }));
    expect(mistakesOf(record(...many))).toMatch(/at f19, [^;]*; and 30 more\.$/);
  });

  it.each<[string, unknown, string]>([
    ["an undefined type in a record twice", [record(), record()], "x.R is defined twice: define it once"],
    ["comments", "/* of ours */ {}", "it is not JSON: remove its comments"],
    ["a primitive's name", { type: "record", name: "int", fields: [] }, "int is the name of a primitive"],
    ["no name", { type: "record", fields: [] }, "a type record has no name"],
    ["a branch twice", ["int", "int"], "a union has the branch int twice: keep one"],
    ["types too deep in each other", record({ name: "a", type: nested(600) }), "more than 500 deep: use names"],
  ])("says so of %s", (_what, schema, message) => {
    expect(mistakesOf(schema)).toContain(message);
  });

  it("shows both ends of a long path", () => {
    const message = mistakesOf(record({ name: "first", type: nested(600) }));
    expect(message).toMatch(/at first\[\].* … .*\[\], types stand/);
    expect(message.length).toBeLessThan(400);
  });
});

describe("a schema that registries take", () => {
  it.each<[string, unknown]>([
    ["a namespace of any characters", { type: "record", name: "Envelope", namespace: "my-db.shop items", fields: [] }],
    ["an enum without symbols", record({ name: "a", type: { type: "enum", name: "E", symbols: [] } })],
    ["a fixed without bytes", record({ name: "a", type: { type: "fixed", name: "F", size: 0 } })],
    ["a name without a namespace, used within one", record({ name: "a", type: ["null", "x.R"] })],
  ])("may have %s", (_what, schema) => {
    expect(mistakesOf(schema)).toBe("");
  });
});

describe("the longest chain of types", () => {
  it("counts types that are written beside each other too", () => {
    expect(longestChain(parseSchema(chain(3_000)))).toBe(3_000);
  });

  it("counts what leads back to itself once", () => {
    const ring = record({ name: "a", type: ["null", "x.R"] }, { name: "b", type: { type: "map", values: "x.R" } });
    expect(longestChain(parseSchema(ring))).toBe(1);
  });
});
