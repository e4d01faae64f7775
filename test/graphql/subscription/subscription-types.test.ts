import { Kind, parse, validateSchema } from "graphql";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { buildSchema } from "../../../src/graphql/build-schema.ts";
import { printSdl } from "../../../src/graphql/print-schema.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { aggregate, catalogOf, column, eventType, field, needed, nullable, record } from "../sketch.ts";

const INNER = record("x.Inner", [field("a", needed("int"))]);

/** Names that subscriptions have for themselves, and events that stand in others. */
const collisions: Catalog = catalogOf(
  aggregate("Previous", {
    singular: "previous",
    plural: "previouses",
    previous: true,
    columns: [column("inner", nullable(INNER))],
    eventTypes: [
      eventType(record("x.PreviousChange", [field("operation", needed("int"))])),
      eventType(record("x.PreviousEvent", [field("inner", needed(INNER))])),
      eventType(INNER),
    ],
  }),
  aggregate("Cursor", {
    eventTypes: [eventType(record("x.EventMeta", [])), eventType(record("x.ChangeOperation", []))],
  }),
  aggregate("CursorTombstone"),
);

/** The SDL of what subscriptions add, without the descriptions. */
function subscriptionSdl(catalog: Catalog): string {
  const { definitions } = parse(printSdl(buildSchema({ catalog, limits: defaultLimits })));
  const added = /Subscription$|Change$|Event$|Tombstone$|EventMeta$|Operation$|^Inner/;
  return definitions
    .filter((node) => "name" in node && node.name !== undefined && added.test(node.name.value))
    .filter(({ kind }) => kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.UNION_TYPE_DEFINITION)
    .map(({ loc }) => loc?.source.body.slice(loc.start, loc.end).replaceAll(/ *"""(?:.|\n)*?"""\n/g, ""))
    .join("\n\n");
}

describe("the subscriptions of", () => {
  it.each(Object.entries({ appuser, collisions }))("%s are what the golden file shows", async (name, catalog) => {
    expect(validateSchema(buildSchema({ catalog, limits: defaultLimits }))).toEqual([]);
    await expect(`${subscriptionSdl(catalog)}\n`).toMatchFileSnapshot(
      `../../golden/graphql/subscription/${name}.graphql`,
    );
  });
});

it("tells of `previous` whether it will be there", () => {
  const described = (catalog: Catalog): string =>
    printSdl(buildSchema({ catalog, limits: defaultLimits })).replaceAll(/\s+/g, " ");
  expect(described(appuser)).toContain("Always null as yet");
  expect(described(collisions)).toContain("The Previous as it was before; null where it is new.");
});
