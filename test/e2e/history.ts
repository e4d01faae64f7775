import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { type GraphQLAnswer, graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const PATIENCE = { timeout: 20_000, interval: 100 };

const EVENTS = `query ($id: ID!, $first: Int, $after: String, $last: Int) {
  userEvents(id: $id, first: $first, after: $after, last: $last) {
    nodes {
      __typename
      ... on UserChanged { first_name _meta { offset timestamp eventId cursor } }
      ... on UserEmailChanged { email _meta { offset timestamp eventId cursor } }
      ... on UserTombstone { id _meta { offset timestamp eventId cursor } }
    }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
const USER = `query ($id: ID!, $asOf: AsOf) {
  user(id: $id, asOf: $asOf) { id firstname last_name email _meta { version eventType createdAt updatedAt } }
}`;

const meta = z.object({
  offset: z.string(),
  timestamp: z.string(),
  eventId: z.string().nullable(),
  cursor: z.string(),
});
const history = z.object({
  userEvents: z.object({
    nodes: z.array(z.object({ __typename: z.string(), first_name: z.string().optional(), _meta: meta })),
    pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
const codeOf = ({ errors }: GraphQLAnswer): unknown => errors?.[0]?.extensions?.["code"];

/** The history of keys, through a gateway of its own: the same on every stack. */
export function histories(name: string, open: (folder: string) => Promise<E2EStack>, findsKeys: boolean): void {
  describe(`histories on the ${name} stack`, () => {
    const topic = uniqueName("appuser");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";

    const start = async (): Promise<void> => {
      const flags = [...stack.args, "--schemas", join(folder.path, "schemas"), "--topics", topic];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
    };
    /** Registers the example's schemas, with or without their journal. */
    const keep = async (kept: boolean): Promise<void> => {
      const schemas = join(folder.path, "schemas", topic);
      await mkdir(schemas, { recursive: true });
      await cp(new URL("../../schemas/appuser", import.meta.url), schemas, { recursive: true });
      const file = join(schemas, "UserChanged.avsc");
      const schema = await readFile(file, "utf8");
      expect(schema).toContain(', "history": true');
      if (!kept) await writeFile(file, schema.replace(', "history": true', ""));
    };
    const change = async (id: string, first: string): Promise<void> => {
      const { errors } = await graphql(
        url,
        'mutation ($id: ID, $first: String!) { userChanged(id: $id, input: { first_name: $first, last_name: "L" }) { status } }',
        { id, first },
      );
      expect(errors).toBeUndefined();
    };
    const run = async (mutation: string): Promise<void> => {
      expect((await graphql(url, `mutation { ${mutation} { status } }`)).errors).toBeUndefined();
    };
    const page = async (variables: object): Promise<z.infer<typeof history>["userEvents"]> => {
      const { data, errors } = await graphql(url, EVENTS, { ...variables });
      expect(errors).toBeUndefined();
      return history.parse(data).userEvents;
    };
    const userAt = async (id: string, asOf?: object): Promise<unknown> => {
      const answer = await graphql(url, USER, { id, asOf });
      return answer.errors === undefined ? answer.data?.["user"] : codeOf(answer);
    };

    const nameAt = async (id: string, asOf: object): Promise<unknown> => {
      const past = await userAt(id, asOf);
      return typeof past === "object" && past !== null && "firstname" in past ? past.firstname : past;
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      await keep(false);
      await start();
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("without a journal, events are looked for in the log; what was is told only where that finds keys", async () => {
      await change("early", "One");
      await change("other", "x");
      await change("early", "Two");
      const { nodes, pageInfo } = await page({ id: "early" });
      expect(nodes.map(({ first_name: first }) => first)).toEqual(["One", "Two"]);
      expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
      expect((await page({ id: "early", last: 1 })).nodes).toEqual(nodes.slice(1));
      const asOf = { offset: nodes[0]?._meta.offset };
      expect(await nameAt("early", asOf)).toBe(findsKeys ? "One" : "HISTORY_GONE");
    });

    test("the hint turns the journal on without a rebuild; it begins then", async () => {
      await gateway.kill();
      await keep(true);
      await start();
      await expect.poll(async () => await userAt("early"), PATIENCE).toMatchObject({ firstname: "Two" });
      const first = (await page({ id: "early", last: 1 })).nodes[0]?._meta.offset;
      await change("early", "Three");
      const { nodes } = await page({ id: "early" });
      expect(nodes.map((node) => node.first_name)).toEqual(findsKeys ? ["One", "Two", "Three"] : ["Three"]);
      expect(await nameAt("early", { offset: first ?? "0" })).toBe(findsKeys ? "Two" : "HISTORY_GONE");
    });

    test("every state is told again, over both lives of a key, as it was read then", async () => {
      const steps: readonly (readonly [string, () => Promise<void>])[] = [
        ["added", async () => await change("k", "Ada")],
        ["changed", async () => await change("k", "Augusta")],
        ["mail", async () => await run('userEmailChanged(id: "k", input: { email: "a@x" })')],
        ["gone", async () => await run('deleteUser(id: "k")')],
        ["too late", async () => await run('userEmailChanged(id: "k", input: { email: "b@x" })')],
        ["again", async () => await change("k", "Anew")],
      ];
      const states: unknown[] = [];
      for (const [, step] of steps) {
        await step();
        states.push(await userAt("k"));
      }
      const { nodes } = await page({ id: "k" });
      expect(nodes.map(({ __typename: type }) => type)).toEqual([
        "UserChanged",
        "UserChanged",
        "UserEmailChanged",
        "UserTombstone",
        "UserEmailChanged",
        "UserChanged",
      ]);
      expect(nodes.every(({ _meta }) => _meta.eventId !== null)).toBe(true);
      for (const [index, { _meta }] of nodes.entries()) {
        expect(await userAt("k", { offset: _meta.offset })).toEqual(states[index]);
        const sameTime = nodes.findLastIndex((node) => node._meta.timestamp === _meta.timestamp);
        expect(await userAt("k", { timestamp: _meta.timestamp })).toEqual(states[sameTime]);
      }
      expect(states.at(-1)).toMatchObject({ firstname: "Anew", email: null });
      const longAgo = { timestamp: "2000-01-01T00:00:00Z" };
      expect([await userAt("k", longAgo), await userAt("early", longAgo)]).toEqual([
        null,
        findsKeys ? null : "HISTORY_GONE",
      ]);
      expect(await userAt("k", { offset: "999999" })).toBe("NOT_YET_PROJECTED");
    });

    test("pages from either end, and a subscription that goes on where they end", async () => {
      const all = await page({ id: "k" });
      const first = await page({ id: "k", first: 4 });
      const rest = await page({ id: "k", first: 4, after: first.pageInfo.endCursor });
      expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
      expect([...first.nodes, ...rest.nodes].map(({ _meta }) => _meta.offset)).toEqual(
        all.nodes.map(({ _meta }) => _meta.offset),
      );
      const last = await page({ id: "k", last: 2 });
      expect(last.nodes.map(({ _meta }) => _meta.offset)).toEqual(all.nodes.slice(-2).map(({ _meta }) => _meta.offset));
      expect(last.pageInfo.hasPreviousPage).toBe(true);
    });

    test("what other programs wrote is kept as it is, and once, over restarts of the gateway", async () => {
      const value = await stack.serialize(topic, "app.user.UserChanged", { first_name: "Foreign", last_name: "F" });
      const keys = Array.from({ length: 200 }, (_, index) => `f${index % 20}`);
      const records = keys.map((key) => ({ key: Buffer.from(key), value }));
      await stack.produce(topic, records.slice(0, 120));
      await gateway.kill();
      await stack.produce(topic, records.slice(120));
      await start();
      await vi.waitFor(async () => {
        for (const key of new Set(keys)) expect((await page({ id: key })).nodes).toHaveLength(10);
      }, PATIENCE);
    });
  });
}
