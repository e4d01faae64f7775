import {
  type GraphQLSchema,
  Kind,
  findBreakingChanges,
  parse,
  print,
  validateSchema,
  buildSchema as schemaOfSdl,
} from "graphql";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import { buildSchema } from "../../src/graphql/build-schema.ts";
import { printSdl } from "../../src/graphql/print-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { collisions, everyType } from "./example-catalogs.ts";
import { calculator, owned, ownedCollisions } from "./owned-catalogs.ts";
import { aggregate, catalogOf, eventType, ownedBy, record } from "./sketch.ts";

const CASES: Readonly<Record<string, Catalog>> = {
  "every-type": everyType,
  collisions,
  empty: catalogOf(),
  bare: catalogOf(aggregate("Bare")),
  owned,
  "owned-collisions": ownedCollisions,
};

function sdlOf(catalog: Catalog): string {
  return printSdl(buildSchema({ catalog, limits: defaultLimits }));
}

describe.each(Object.entries(CASES))("the schema of the catalog %s", (name, catalog) => {
  it("is valid GraphQL", () => {
    expect(validateSchema(buildSchema({ catalog, limits: defaultLimits }))).toEqual([]);
  });

  it("is what the golden file shows", async () => {
    await expect(sdlOf(catalog)).toMatchFileSnapshot(`../golden/graphql/${name}.graphql`);
  });

  it("prints as SDL that is the same schema again", () => {
    expect(printSdl(schemaOfSdl(sdlOf(catalog)))).toBe(sdlOf(catalog));
  });

  it("describes every type, field, argument and directive of its own", () => {
    const undescribed = parse(sdlOf(catalog)).definitions.filter(
      (node) => "description" in node && node.description === undefined && node.kind !== Kind.SCHEMA_DEFINITION,
    );
    expect(undescribed).toEqual([]);
  });
});

it("names everything the same whatever the order of the aggregates", () => {
  const [a, b] = [aggregate("A"), aggregate("B")];
  expect(sdlOf(catalogOf(a, b))).toBe(sdlOf(catalogOf(b, a)));
});

describe("owned topics", () => {
  it("leave the rest of the API as it is without them", () => {
    const alone = sdlOf(everyType);
    const together = sdlOf(catalogOf(...everyType.aggregates, ...owned.aggregates));
    expect(findBreakingChanges(schemaOfSdl(alone), schemaOfSdl(together))).toEqual([]);
    const parts = new Set(parse(together).definitions.map((node) => print(node)));
    const changed = parse(alone).definitions.filter((node) => !parts.has(print(node)));
    expect(changed.map((node) => ("name" in node ? node.name?.value : node.kind))).toEqual([
      // Says the transaction.
      "EventMeta",
      "Mutation",
      "Query",
      "Subscription",
    ]);
  });

  it("have no mutations where rules alone change an aggregate, and none of its commands is there", () => {
    const rules = { ...ownedBy(), decider: ownedBy({ commands: calculator.commands }).decider };
    const changed = eventType(record("x.Changed", []));
    const schema = buildSchema({
      catalog: catalogOf(aggregate("Ruled", { owned: rules, eventTypes: [changed] })),
      limits: defaultLimits,
    });
    expect(validateSchema(schema)).toEqual([]);
    const administrative = buildSchema({ catalog: catalogOf(), limits: defaultLimits });
    const mutations = (of: GraphQLSchema): readonly string[] => Object.keys(of.getMutationType()?.getFields() ?? {});
    expect(mutations(schema)).toEqual(mutations(administrative));
  });
});
