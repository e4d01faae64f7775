import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { generateTypes } from "../../src/codegen/generate-types.ts";
import { record } from "../catalog/codec/codec-harness.ts";
import { type Subjects, catalogOf, hinted } from "../catalog/support/catalog-of.ts";
import { CASES, goldenCatalog } from "./golden-catalogs.ts";

describe("the types of", () => {
  it.each(CASES)("%s", async (name) => {
    const text = generateTypes(await goldenCatalog(name));
    await expect(text).toMatchFileSnapshot(`../golden/codegen/${name}.ts`);
  });

  it("nothing are a module all the same", () => {
    const empty: Catalog = { aggregates: [], commands: [], skipped: [], generation: 0 };
    expect(generateTypes(empty)).toMatch(/^\/\*\* .* \*\/\n\nexport \{\};\n$/);
  });
});

describe("the text", () => {
  const subjects: Subjects = [
    ["orders-x.Placed", record({ b: "long", a: "string" }, "x.Placed")],
    ["orders-x.Paid", record({ d: ["null", "string"], c: "int" }, "x.Paid")],
    ["orders.commands-x.Place", record({ a: "string" }, "x.Place")],
    ["orders.commands-x.Pay", record({ c: "int" }, "x.Pay")],
    ["users-y.Changed", record({ name: record({ first: "string" }, "y.Name") }, "y.Changed")],
  ];

  it("does not depend on the order in which the schemas were registered", async () => {
    const text = generateTypes(await catalogOf(subjects));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...subjects], { minLength: subjects.length }), async (order) => {
        expect(generateTypes(await catalogOf(order))).toBe(text);
      }),
    );
  });

  it("names each thing once, whatever the schemas call theirs", async () => {
    const text = generateTypes(
      await catalogOf([
        ["orders-x.string", record({ a: "long", b: { type: "map", values: "int" } }, "x.string")],
        ["orders-x.class", record({ c: record({}, "x.MapEntry"), d: record({}, "x.string_") }, "x.class")],
        ["orders.commands-x.OrderCommand", record({ a: "bytes" }, "x.OrderCommand")],
        ["orders.commands-x.Uint8Array", record({ a: "bytes" }, "x.Uint8Array")],
      ]),
    );
    const declared = [...text.matchAll(/^export type (\w+)/gm)].map(([, name = ""]) => name);
    expect(declared.toSorted()).toEqual(
      [
        ["Long", "MapEntry", "MapEntry_", "Order", "OrderCommand", "OrderCommand_", "OrderEvent", "Uint8Array_"],
        ["class_", "string_", "string__"],
      ].flat(),
    );
    expect(text).toContain('{ readonly type: "string"; readonly payload: string__ }');
  });

  it("has the commands of a topic with several aggregates with each of them, declared once", async () => {
    const text = generateTypes(
      await catalogOf([
        ["things-x.A", hinted(record({ a: "int" }, "x.A"), { aggregate: "Cat" })],
        ["things-x.B", hinted(record({ b: "int" }, "x.B"), { aggregate: "Dog" })],
        ["things.commands-x.Feed", record({}, "x.Feed")],
      ]),
    );
    expect(text).toContain('export type CatCommand = { readonly type: "Feed"; readonly payload: Feed };');
    expect(text).toContain('export type DogCommand = { readonly type: "Feed"; readonly payload: Feed };');
    expect(text.match(/export type Feed /g)).toHaveLength(1);
  });

  it("keeps what schemas say in their docs inside comments", async () => {
    const doc = "Ends */ early.\r\n\r\n  Indented\u2028and broken. ";
    const schema = { ...Object(record({ a: { of: "int", doc } }, "x.A")), doc };
    const text = generateTypes(await catalogOf([["things-x.A", schema]]));
    expect(text).toContain(
      ["/**", " * Ends *\\/ early.", " *", " *   Indented", " * and broken.", " */", "export type A = {"].join("\n"),
    );
    expect(text).toContain(
      ["  /**", "   * Ends *\\/ early.", "   *", "   *   Indented", "   * and broken.", "   */"].join("\n"),
    );
  });
});
