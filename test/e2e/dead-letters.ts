import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventql } from "../cli/run-cli.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack, ForeignRecord } from "./stacks/stack.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };

/** Its events add up, so that one that is applied twice shows. */
const COUNTED = {
  type: "record",
  name: "Counted",
  namespace: "app",
  eventql: { aggregate: "Counter", history: true },
  fields: [
    { name: "by", type: "long", eventql: { effect: "add", column: "total" } },
    { name: "secret", type: ["null", "string"], default: null, eventql: { hidden: true } },
  ],
};

const letters = z.object({
  deadLetters: z.object({
    nodes: z.array(z.object({ id: z.string(), key: z.string().nullable(), waitingBehind: z.number() })),
  }),
});

const KEYS = Array.from({ length: 12 }, (_, index) => `killed-${index}`);

/** Events that wait behind one key, more than a transaction takes. */
const MANY = 2_300;

/** Dead letters, from what makes them to what they lead to, by several processes: the same on every stack. */
export function deadLetters(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`dead letters on the ${name} stack`, () => {
    const topic = uniqueName("counted");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";
    let flags: readonly string[] = [];
    let one: Buffer;

    const start = async (): Promise<void> => {
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
    };
    const cli = async (...args: readonly string[]): ReturnType<typeof eventql> =>
      await eventql(["dead-letters", ...args, ...flags], { cwd: folder.path, env: stack.env });
    const good = (key: string): ForeignRecord => ({ key: Buffer.from(key), value: one });
    const bad = (key: string | null): ForeignRecord => ({
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from("not Avro"),
    });
    const heads = async (): Promise<
      ReadonlyMap<string | null, { readonly id: string; readonly waitingBehind: number }>
    > => {
      const { data, errors } = await graphql(url, "{ deadLetters(first: 100) { nodes { id key waitingBehind } } }");
      expect(errors).toBeUndefined();
      return new Map(letters.parse(data).deadLetters.nodes.map((node) => [node.key, node]));
    };
    const counter = async (id: string): Promise<unknown> => {
      const query = "query ($id: ID!) { counter(id: $id) { total _meta { parked reason } } }";
      return (await graphql(url, query, { id })).data?.["counter"];
    };
    const settled = (total: string) => ({ total, _meta: { parked: false, reason: null } });
    const idOf = async (key: string | null): Promise<string> => (await heads()).get(key)?.id ?? "";

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      await mkdir(join(folder.path, "schemas", topic), { recursive: true });
      await writeFile(join(folder.path, "schemas", topic, "Counted.avsc"), JSON.stringify(COUNTED));
      flags = [...stack.args, "--schemas", join(folder.path, "schemas"), "--topics", topic];
      await start();
      one = await stack.serialize(topic, "app.Counted", { by: 1, secret: "s3cret" });
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("park their keys, and are fixed, skipped and retried, by the server and beside it", async () => {
      await stack.produce(topic, [good("a"), bad("a"), good("a"), bad("b"), good("b"), bad("b"), good("b"), bad(null)]);
      await expect.poll(async () => new Set((await heads()).keys()), PATIENCE).toEqual(new Set(["a", "b", null]));
      const parked = { parked: true, reason: "An event of this key can't be applied: NOT_AVRO." };
      expect(await counter("a")).toEqual({ total: "1", _meta: parked });
      const fix = `mutation ($id: ID!, $payload: JSON) {
        fixDeadLetter(id: $id, payload: $payload, requestId: "fix a", timeoutMs: 20000) { status applied waiting code reason }
      }`;
      const id = await idOf("a");
      const wrong = await graphql(url, fix, { id, payload: { by: "many" } });
      expect(wrong.errors?.[0]?.extensions?.["code"]).toBe("EVENT_INVALID");
      for (const _ of [1, 2])
        expect((await graphql(url, fix, { id, payload: { by: 10 } })).data).toEqual({
          fixDeadLetter: { status: "SETTLED", applied: 2, waiting: 0, code: null, reason: null },
        });
      expect(await counter("a")).toEqual(settled("12"));
      const history = await graphql(url, '{ counterEvents(id: "a") { nodes { ... on Counted { by } } } }');
      expect(history.data).toEqual({ counterEvents: { nodes: [{ by: "1" }, { by: "10" }, { by: "1" }] } });
      const shown = await cli("list", "--json");
      expect(
        shown.stdout
          .split("\n")
          .map((line) => z.object({ key: z.string().nullable(), bytes: z.null() }).parse(JSON.parse(line)).key),
      ).toEqual(["b", null]);
      const skipped = await cli("skip", await idOf("b"));
      expect([skipped.exitCode, skipped.stdout, skipped.stderr]).toEqual([
        1,
        "Settled: 1 event applied.",
        expect.stringContaining("The key waits for aggregates/"),
      ]);
      expect(await cli("retry", "--all", "--json")).toMatchObject({
        exitCode: 1,
        stdout: expect.stringContaining('"failed":2'),
      });
      expect((await cli("skip", await idOf("b"))).exitCode).toBe(0);
      expect(await counter("b")).toEqual(settled("2"));
      expect((await cli("skip", await idOf(null), "--json")).stdout).toContain('"status":"SETTLED"');
      expect((await heads()).size).toBe(0);
      expect(await cli("skip", id)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("DEAD_LETTER_NOT_FOUND"),
      });
    }, 90_000);

    test("are settled exactly once, wherever the process is killed", async () => {
      const many = Array.from({ length: MANY }, () => good("many"));
      await stack.produce(topic, [...KEYS.flatMap((key) => [bad(key), good(key), good(key)]), bad("many"), ...many]);
      const keys = [...KEYS, "many"];
      await expect.poll(async () => (await heads()).get("many")?.waitingBehind, PATIENCE).toBe(MANY);
      await expect.poll(async () => (await heads()).size, PATIENCE).toBe(keys.length);
      const ids = await Promise.all(keys.map(async (key) => [key, await idOf(key)] as const));
      const fixAll = (timeoutMs: number): string =>
        `mutation { ${ids
          .map(
            ([key, id], index) =>
              `m${index}: fixDeadLetter(id: "${id}", payload: { by: 1 }, requestId: "${topic} ${key}", timeoutMs: ${timeoutMs}) { status applied }`,
          )
          .join(" ")} }`;
      const asked = await graphql(url, fixAll(0));
      expect(asked.errors).toBeUndefined();
      await gateway.kill();
      await start();
      const { data, errors } = await graphql(url, fixAll(20_000));
      expect(errors).toBeUndefined();
      expect(Object.values(data ?? {})).toEqual(
        keys.map((key) => ({ status: "SETTLED", applied: key === "many" ? MANY + 1 : 3 })),
      );
      for (const key of KEYS) expect(await counter(key)).toEqual(settled("3"));
      expect(await counter("many")).toEqual(settled(`${MANY + 1}`));
      expect((await heads()).size).toBe(0);
    }, 120_000);
  });
}
