import { describe, expect, it } from "vitest";
import type { RecordType, TypeRef } from "../../../src/catalog/types.ts";
import { shownColumns, whereaboutsOf } from "../../../src/graphql/subscription/whereabouts.ts";
import {
  aggregate,
  catalogOf,
  column,
  enumeration,
  field,
  list,
  map,
  needed,
  nullable,
  record,
  union,
} from "../sketch.ts";

function textOf(type: TypeRef): string | undefined {
  return shownColumns(aggregate("User", { columns: [column("c", type)] })).get("c");
}

describe("what is shown of documents", () => {
  it("is told with where they are, hidden columns as such", () => {
    const columns = [column("name", needed("string")), column("secret", needed("string"), { hidden: true })];
    const catalog = catalogOf(aggregate("User", { columns, collection: "users_0a1b2c3d" }));
    const all = new Map([
      ["name", "string!"],
      ["secret", "hidden string!"],
    ]);
    expect(whereaboutsOf(catalog)).toEqual(new Map([["User", { collection: "users_0a1b2c3d", columns: all }]]));
    expect(catalog.aggregates.map(shownColumns)).toEqual([new Map([["name", "string!"]])]);
  });

  it.each<[TypeRef, string]>([
    [nullable("long"), "long"],
    [needed(list("int")), "[int!]!"],
    [nullable(map("uuid")), "{uuid!}"],
    [nullable({ kind: "decimal", precision: 9, scale: 2 }), "decimal(9,2)"],
    [nullable({ kind: "fixed", fullName: "a.F", size: 4 }), "fixed a.F"],
    [nullable(enumeration("a.E", ["X"])), "enum a.E"],
    [nullable(union("U", { string: { kind: "string" }, int: { kind: "int" } })), "(string string|int int)"],
    [nullable(record("a.R", [field("x", nullable("int")), field("y", needed("date"))])), "a.R{x int,y date!}"],
  ])("is by its type", (type, text) => {
    expect(textOf(type)).toBe(text);
  });

  it("may hold itself", () => {
    const fields: RecordType["fields"][number][] = [];
    const node = record("a.Node", fields);
    fields.push(field("next", nullable(node)));
    expect(textOf(nullable(node))).toBe("a.Node{next a.Node}");
  });
});
