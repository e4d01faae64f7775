import {
  GraphQLInputObjectType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  getIntrospectionQuery,
} from "graphql";
import { describe, expect, it } from "vitest";
import { ask, startTiny } from "./tiny-server.ts";
import { follow, graphqlClient } from "./websocket/sockets.ts";

const limits = { depth: 30, tokens: 1_000, bodyBytes: 10_000 };

/** What a query is answered with, over HTTP and over WebSocket. */
async function answers(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<readonly unknown[]> {
  const { body } = await ask(url, query, { body: JSON.stringify({ query, variables }) });
  const { results, error } = await follow(graphqlClient(url), { query, variables }).ended;
  return [body, results[0] ?? { errors: error }];
}

describe("a schema that isn't told", () => {
  it.each([
    ["all of it", getIntrospectionQuery()],
    ["a type", '{ __type(name: "Node") { name } }'],
    ["beside other fields", "{ hello __schema { queryType { name } } }"],
    ["inside a fragment", "{ ...f } fragment f on Query { __schema { types { name } } }"],
  ])("is refused to who asks for %s", async (_what, query) => {
    const url = await startTiny({ introspection: false, limits });
    for (const answer of await answers(url, query)) {
      expect(JSON.stringify(answer)).toContain("introspection has been disabled");
      expect(answer).not.toHaveProperty("data");
    }
  });

  it.each([
    ["of a field", "{ helo }"],
    ["of an argument", "{ echo(nn: 1, n: 1) }"],
    ["of a type", "query ($n: Itn!) { echo(n: $n) }"],
  ])("is not told by the correction %s, either", async (_what, query) => {
    const told = await answers(await startTiny(), query);
    const kept = await answers(await startTiny({ introspection: false }), query);
    for (const [i, answer] of kept.entries()) {
      expect(JSON.stringify(told[i])).toContain("Did you mean");
      expect(JSON.stringify(answer)).not.toContain("Did you mean");
      expect(answer).toMatchObject({ errors: [{ locations: [{}], extensions: { code: "BAD_USER_INPUT" } }] });
    }
  });

  it("is not told by corrections of variables", async () => {
    const where = new GraphQLInputObjectType({ name: "Where", fields: { secret: { type: GraphQLString } } });
    const fields = { find: { type: GraphQLString, args: { where: { type: where } } } };
    const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields }) });
    const asked = ["query ($where: Where) { find(where: $where) }", { where: { secrt: "x" } }] as const;
    expect(JSON.stringify(await answers(await startTiny({ schema: () => schema }), ...asked))).toContain("secret");
    for (const answer of await answers(await startTiny({ schema: () => schema, introspection: false }), ...asked)) {
      expect(answer).toMatchObject({ errors: [{ message: expect.stringContaining("secrt") }] });
      expect(JSON.stringify(answer)).not.toContain("secret");
    }
  });

  it("stays kept the second time, and lets everything else run", async () => {
    const url = await startTiny({ introspection: false });
    for (const _time of [1, 2]) {
      expect(JSON.stringify(await answers(url, "{ helo }"))).not.toContain("Did you mean");
      expect((await answers(url, "{ hello __typename }"))[0]).toEqual({
        data: { hello: "world", __typename: "Query" },
      });
    }
  });
});

it("is told unless that is turned off", async () => {
  for (const options of [{ limits }, { limits, introspection: true }]) {
    const [answer] = await answers(await startTiny(options), getIntrospectionQuery());
    expect(answer).toMatchObject({ data: { __schema: {} } });
  }
});
