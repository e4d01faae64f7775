import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { firstBuild, pointerId } from "../../../src/projector/builds/build-key.ts";
import { definitionsOf } from "../../../src/projector/builds/definitions-of.ts";
import { type DefinitionInCatalog, catalogInUse } from "../../../src/projector/builds/in-use.ts";
import { aggregate, catalogOf, column, eventType, field, nullable, record } from "../../graphql/sketch.ts";

const FIELDS = [field("name", nullable("string")), field("pin", nullable("string"))];

/** The name's column makes it another definition; whether the pin is hidden does not. */
function catalogWith(nameColumn: string, isHidden: boolean): Catalog {
  const type = eventType(record("a.UserChanged", FIELDS));
  const fields = type.fields.map((each) => {
    const isName = each.field.name === "name";
    return { ...each, hidden: !isName && isHidden, column: isName ? nameColumn : each.column };
  });
  const columns = [column(nameColumn, nullable("string")), column("pin", nullable("string"), { hidden: isHidden })];
  return catalogOf(aggregate("User", { columns, eventTypes: [{ ...type, fields }] }));
}

function definitionIn(catalog: Catalog): DefinitionInCatalog {
  const [of] = definitionsOf(catalog).values();
  if (of === undefined) throw new TypeError("there is no definition");
  return { of, catalog };
}

describe("the catalog in use while an older definition's build is read", () => {
  const older = definitionIn(catalogWith("first", false));
  const live = firstBuild(older.of, older.of, new Date(0));
  const { name, base, topics } = older.of;
  const builds = new Map([
    [
      pointerId(older.of),
      { name, base, topics, live, next: undefined, previous: undefined, swap: "manual" as const, revision: 1 },
    ],
  ]);
  const inUse = (newest: Catalog): Catalog =>
    catalogInUse(newest, { builds, known: () => [definitionIn(newest), older] });

  it("hides what the newest one hides, in documents and events", () => {
    const newest = catalogWith("last", true);
    const [user] = inUse(newest).aggregates;
    expect(user?.columns).toMatchObject([
      { name: "first", hidden: false },
      { name: "pin", hidden: true },
    ]);
    expect(user?.eventTypes[0]?.fields).toMatchObject([
      { column: "first", hidden: false },
      { field: { name: "pin" }, hidden: true },
    ]);
    expect(inUse(newest).aggregates[0]).toBe(user);
  });

  it("is that definition's own where there is nothing to hide", () => {
    expect(inUse(catalogWith("last", false)).aggregates[0]).toBe(older.of.aggregates[0]);
  });
});
