import { type GraphQLSchema, GraphQLString, buildSchema as parseSchema, parse, printSchema, printType } from "graphql";
import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { administrationFields } from "../../../src/graphql/administration-fields.ts";
import { buildSchema } from "../../../src/graphql/build-schema.ts";
import { buildValidSchema } from "../../../src/graphql/build-valid-schema.ts";
import { subgraphSdl } from "../../../src/graphql/federation/subgraph-sdl.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser, collisions, everyType } from "../example-catalogs.ts";
import { owned } from "../owned-catalogs.ts";
import { catalogOf } from "../sketch.ts";

function sdlOf(catalog: Catalog): string {
  return subgraphSdl(buildSchema({ catalog, limits: defaultLimits }));
}

function served(catalog: Catalog): GraphQLSchema {
  return buildValidSchema({ catalog, limits: defaultLimits });
}

/** A subgraph by other hands: it refers to users by their keys, and adds to them. */
const REVIEWS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { reviews: [Review!]! }
  type Review { text: String author: User! }
  type User @key(fields: "id") { id: ID! reviews: [Review!]! }
  type PageInfo @shareable {
    hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
  }
`);

describe("the subgraph's SDL", () => {
  it("has each aggregate as an entity, its other objects as values, and no query of the gateway's own", () => {
    const sdl = sdlOf(appuser);
    expect(sdl).toMatch(/^extend schema @link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.0"/);
    expect(sdl).toContain('type User @key(fields: "id") {');
    expect(sdl).toContain("type DocumentMeta @shareable {");
    expect(sdl).toContain("type PageInfo @shareable {");
    expect(sdl).toMatch(/^type Query {$/m);
    expect(sdl).toMatch(/^type Mutation {$/m);
    expect(sdl).not.toMatch(/_service|_entities|_Entity|_Any|_generation/);
  });

  it.each([
    ["the example domain", appuser],
    ["a column of every type", everyType],
    ["names that collide", collisions],
    ["owned topics", owned],
  ])("of %s is accepted by @apollo/subgraph, and loses nothing there", (_what, catalog) => {
    const schema = buildSubgraphSchema(parse(sdlOf(catalog)));
    const { queries, mutations, subscriptions } = administrationFields(defaultLimits);
    const roots = { Query: queries, Mutation: mutations, Subscription: subscriptions };
    const ours = new Set(
      Object.entries(roots).flatMap(([root, of]) => Object.keys(of).map((name) => `${root}.${name}`)),
    );
    const fields = (of: GraphQLSchema): readonly string[] =>
      Object.values(of.getTypeMap())
        .flatMap((type) =>
          "getFields" in type ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
        )
        .filter((name) => !/^(?:_|Query\._)/.test(name) && !ours.has(name));
    const api = buildSchema({ catalog, limits: defaultLimits });
    expect(fields(schema).toSorted()).toEqual(fields(api).toSorted());
    expect(schema.getType("_Entity")).toBeDefined();
  });

  it("is one without aggregates, too", () => {
    const sdl = sdlOf(catalogOf());
    expect(buildSubgraphSchema(parse(sdl)).getType("_Entity")).toBeUndefined();
    expect(sdl).toContain("_generation");
  });

  it("composes to a supergraph with another subgraph that adds to the entities", () => {
    const { supergraphSdl, errors } = composeServices([
      { name: "users", typeDefs: parse(sdlOf(appuser)) },
      { name: "reviews", typeDefs: REVIEWS },
    ]);
    expect(errors?.map(({ message }) => message)).toBeUndefined();
    expect(supergraphSdl).toMatch(/type User\s[^{]*@join__type\(graph: USERS, key: "id"\)/);
    expect(supergraphSdl).toContain("reviews: [Review!]! @join__field(graph: REVIEWS)");
  });

  it("composes with another API of the same kind whose values are the same", () => {
    const { errors } = composeServices([
      { name: "users", typeDefs: parse(sdlOf(appuser)) },
      { name: "things", typeDefs: parse(sdlOf(everyType)) },
    ]);
    expect(errors?.map(({ message }) => message)).toBeUndefined();
  });
});

describe("the API that is served", () => {
  it("has the queries of a subgraph beside those of the API, and all else as it is", () => {
    const [with_, without] = [served(appuser), buildSchema({ catalog: appuser, limits: defaultLimits })];
    const names = (schema: GraphQLSchema): string[] => Object.keys(schema.getQueryType()?.getFields() ?? {});
    expect(names(with_)).toEqual([...names(without), "_service", "_entities"]);
    expect(printSchema(with_)).toContain(printType(without.getMutationType() ?? GraphQLString));
    expect(with_.getType("_Entity")?.toString()).toBe("_Entity");
    expect(printSchema(with_)).toContain("_entities(representations: [_Any!]!): [_Entity]!");
    // What it prints can be read again.
    expect(parseSchema(printSchema(with_)).getType("_Service")).toBeDefined();
  });

  it("has no entities without aggregates", () => {
    const schema = served(catalogOf());
    const queries = ["_generation", ...Object.keys(administrationFields(defaultLimits).queries), "_service"];
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual(queries);
    expect(schema.getType("_Entity")).toBeUndefined();
  });
});
