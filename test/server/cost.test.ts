import { GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { describe, expect, it } from "vitest";
import { follow, graphqlClient } from "./websocket/sockets.ts";
import { ask, startTiny } from "./tiny-server.ts";

const pages = { limit: { type: GraphQLInt }, first: { type: GraphQLInt }, last: { type: GraphQLInt } };
const runs = { count: 0 };

const Item: GraphQLObjectType = new GraphQLObjectType({
  name: "Item",
  fields: () => ({
    name: { type: GraphQLString },
    items: { type: new GraphQLList(Item), args: pages },
    one: { type: Item },
  }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      items: { type: new GraphQLList(Item), args: pages, resolve: () => ((runs.count += 1), []) },
      sized: {
        type: new GraphQLList(Item),
        args: { limit: { type: GraphQLInt, defaultValue: 3 } },
        resolve: () => [],
      },
    },
  }),
  mutation: new GraphQLObjectType({ name: "Mutation", fields: { touch: { type: Item, resolve: () => ({}) } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { changes: { type: Item, subscribe: () => neverEnding() } },
  }),
});

async function* neverEnding(): AsyncGenerator {
  yield { changes: {} };
}

/** The cost that an operation has, as refusals tell it. */
async function costOf(query: string, variables?: Record<string, unknown>): Promise<unknown> {
  const url = await startTiny({ schema: () => schema, limits: { cost: 1, pageSize: 10, depth: 10, tokens: 1_000 } });
  const { body } = await ask(url, query, { body: JSON.stringify({ query, variables }) });
  return body.errors?.[0] ?? body.data;
}

const refusedAt = (cost: number): object => ({
  message: expect.stringContaining(`might hold ${cost} objects`),
  extensions: { code: "LIMIT_EXCEEDED", details: { cost, maximum: 1 } },
});

describe("the cost of an operation", () => {
  it.each<[string, number, Record<string, unknown>?]>([
    ["{ items(limit: 1000) { items(limit: 1000) { name } } }", 1_001_000],
    ["{ items(limit: 20) { name } }", 20],
    ["{ items { name } }", 10],
    ["{ sized { name } }", 3],
    ["{ items(first: 5) { items(last: 4) { name } } }", 25],
    ["{ items(limit: 5) { one { one { name } } } }", 15],
    ["{ a: items(limit: 2) { name } b: items(limit: 3) { name } }", 5],
    ["{ ...more } fragment more on Query { items(limit: 4) { ... on Item { items(limit: 2) { name } } } }", 12],
    ["query ($n: Int) { items(limit: $n) { name } }", 7, { n: 7 }],
    ["query ($n: Int = 8) { items(limit: $n) { name } }", 8],
    ["query ($n: Int) { items(limit: $n) { name } }", 10],
    ["query ($yes: Boolean!) { items(limit: 2) { one @include(if: $yes) { name } } }", 4, { yes: true }],
    ["query ($yes: Boolean!) { items(limit: 2) { one @include(if: $yes) { name } } }", 2, { yes: false }],
    ["mutation { touch { items(limit: 2) { name } } }", 3],
  ])("%s is %i", async (query, cost, variables) => {
    expect(await costOf(query, variables)).toMatchObject(refusedAt(cost));
  });

  it("counts no fields, and nothing for a list of none", async () => {
    expect(await costOf("{ items(limit: 1) { name a: name b: name } }")).toEqual({ items: [] });
    expect(await costOf("{ items(limit: 0) { items { name } } }")).toEqual({ items: [] });
    expect(await costOf("{ items(limit: -5) { name } }")).toEqual({ items: [] });
  });

  it("is of the values that a request comes with, not of those before it", async () => {
    const url = await startTiny({ schema: () => schema, limits: { cost: 50 } });
    const query = "query ($n: Int) { items(limit: $n) { name } }";
    const codes = [];
    for (const n of [5, 51, 5, 50, 51, 50]) {
      const { body } = await ask(url, query, { body: JSON.stringify({ query, variables: { n } }) });
      codes.push(body.errors?.[0]?.extensions.code ?? "ran");
    }
    expect(codes).toEqual(["ran", "LIMIT_EXCEEDED", "ran", "ran", "LIMIT_EXCEEDED", "ran"]);
  });

  it("refuses before anything runs, over WebSocket and for subscriptions too", async () => {
    const url = await startTiny({ schema: () => schema, limits: { cost: 50 } });
    const before = runs.count;
    for (const query of ["{ items(limit: 51) { name } }", "subscription { changes { items(limit: 50) { name } } }"]) {
      const { results, error } = await follow(graphqlClient(url), { query }).ended;
      expect(results).toEqual([]);
      expect(error).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED" } }]);
    }
    expect(runs.count).toBe(before);
  });

  it("leaves wrong variables to those who name them", async () => {
    expect(await costOf("query ($n: Int) { items(limit: $n) { name } }", { n: "many" })).toMatchObject({
      message: expect.stringContaining("$n"),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  it("isn't learned from variables that are wrong, or null where there is a default", async () => {
    const limits = { cost: 15, pageSize: 10, depth: 10, tokens: 1_000 };
    const url = await startTiny({ schema: () => schema, limits });
    const send = async (query: string, variables: object): Promise<unknown> =>
      (await ask(url, query, { body: JSON.stringify({ query, variables }) })).body;
    const refused = { errors: [{ extensions: { code: "LIMIT_EXCEEDED", details: { cost: 20 } } }] };
    const named =
      "query ($s: String!, $n: Int) { items(limit: $n) { name @skip(if: false) } b: __type(name: $s) { name } }";
    expect(await send(named, { n: 20 })).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(await send(named, { s: "Item", n: 20 })).toMatchObject({
      errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }],
    });
    const defaulted = "query ($n: Int = 20) { items(limit: $n) { name } }";
    expect(await send(defaulted, { n: null })).toMatchObject({ data: { items: [] } });
    expect(await send(defaulted, {})).toMatchObject(refused);
  });

  it("can't be hidden by a field that is wrong", async () => {
    const query = "query ($n: Int) { items(limit: 5000) { name } again: items(limit: $n) { name } }";
    expect(await costOf(query, {})).toMatchObject(refusedAt(5_010));
  });
});
