import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createClient as createSseClient } from "graphql-sse";
import { createClient } from "graphql-ws";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { unmetAudits } from "../support/http-audits.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const CHANGE = `mutation ($id: ID!, $last: String!) {
  userChanged(id: $id, input: { first_name: "Ann", last_name: $last }) { status }
}`;
const PAGE = `query ($after: String) {
  usersConnection(orderBy: [{ last_name: DESC }], first: 3, after: $after) {
    nodes { id } totalCount pageInfo { hasNextPage endCursor }
  }
}`;
const Page = z.object({
  nodes: z.array(z.object({ id: z.string() })),
  totalCount: z.number(),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string() }),
});
const Service = z.object({ sdl: z.string() });

/** What others' programs expect of the API, asked of a gateway that runs: the same on every stack. */
export function standards(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`the standards on the ${name} stack`, () => {
    const topic = uniqueName("appuser");
    const ids = ["1", "2", "3", "4", "5", "6", "7"];
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";

    beforeAll(async () => {
      folder = await temporaryFolder();
      const schemas = join(folder.path, "schemas", topic);
      await mkdir(schemas, { recursive: true });
      await cp(new URL("../../schemas/appuser", import.meta.url), schemas, { recursive: true });
      stack = await open(folder.path);
      const flags = ["--port", "0", "--create-topics", "--topics", topic, "--schemas", join(folder.path, "schemas")];
      gateway = new EventqlProcess(["start", ...flags, ...stack.args], stack.env);
      url = await gateway.ready();
      for (const id of ids) {
        const { data } = await graphql(url, CHANGE, { id, last: `L${Number(id) % 2}` });
        expect(data).toEqual({ userChanged: { status: "PROJECTED" } });
      }
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("GraphQL over HTTP: every audit of its reference implementation is met", async () => {
      const { audits, ...unmet } = await unmetAudits(url, { "eventql-csrf": "1" });
      expect(audits).toBeGreaterThan(50);
      expect(unmet).toEqual({ must: [], should: [], may: [] });
    });

    test("graphql-ws: its client queries", async () => {
      const client = createClient({ url: `${url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket });
      const results: unknown[] = [];
      for await (const result of client.iterate({ query: `{ user(id: "1") { last_name } }` })) results.push(result);
      await client.dispose();
      expect(results).toEqual([{ data: { user: { last_name: "L1" } } }]);
    });

    test("graphql-sse: its client queries", async () => {
      const client = createSseClient({ url: `${url}/graphql` });
      const results: unknown[] = [];
      for await (const result of client.iterate({ query: `{ user(id: "2") { last_name } }` })) results.push(result);
      client.dispose();
      expect(results).toEqual([{ data: { user: { last_name: "L0" } } }]);
    });

    test("Relay: a connection is walked to its end", async () => {
      const shown: string[] = [];
      let after: string | null = null;
      for (let hasNextPage = true; hasNextPage;) {
        const { data, errors } = await graphql(url, PAGE, { after });
        expect(errors).toBeUndefined();
        const { nodes, totalCount, pageInfo } = Page.parse(data?.["usersConnection"]);
        expect(totalCount).toBe(ids.length);
        shown.push(...nodes.map(({ id }) => id));
        ({ hasNextPage, endCursor: after } = pageInfo);
      }
      expect(shown).toEqual(["7", "5", "3", "1", "6", "4", "2"]);
    });

    test("Apollo Federation: its SDL is a subgraph's, and its entities are found", async () => {
      const { data } = await graphql(
        url,
        `
          {
            _service {
              sdl
            }
            _entities(representations: [{ __typename: "User", id: "3" }, { __typename: "User", id: "0" }]) {
              ... on User {
                last_name
              }
            }
          }
        `,
      );
      const subgraph = buildSubgraphSchema(parse(Service.parse(data?.["_service"]).sdl));
      expect(subgraph.getType("_Entity")).toBeDefined();
      expect(data?.["_entities"]).toEqual([{ last_name: "L1" }, null]);
    });
  });
}
