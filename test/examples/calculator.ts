import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient } from "../support/live-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };

const Scripts = z.object({ scripts: z.object({ "example:calculator": z.string() }) });
const Sent = z.object({ id: z.string(), commandId: z.string() });
const Problem = z.object({ status: z.number(), code: z.string(), detail: z.string() });

/** The arguments of `eventql` in the script that starts the example. */
async function scriptArguments(): Promise<readonly string[]> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const words = Scripts.parse(JSON.parse(text)).scripts["example:calculator"].split(" ");
  return words.slice(words.indexOf("src/main.ts") + 1);
}

/** What a test of the calculator needs of a stack. */
export interface CalculatorStack {
  readonly name: string;
  readonly flags: readonly string[];
  readonly env: () => Readonly<Record<string, string>>;
  readonly dispose: () => Promise<void>;
}

/** The calculator as its users have it: over HTTP, GraphQL and a subscription. */
export function calculatorSuite(stack: CalculatorStack): void {
  describe(`the calculator on the ${stack.name} stack`, () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let calculator: EventqlProcess;
    let url = "";

    beforeAll(async () => {
      folder = await temporaryFolder();
      const flags = ["--port", "0", "--data", folder.path, ...stack.flags];
      calculator = new EventqlProcess([...(await scriptArguments()), ...flags], stack.env());
      url = await calculator.ready();
    });

    afterAll(async () => {
      await calculator.kill();
      await stack.dispose();
      await folder.remove();
    });

    const send = async (method: string, path: string, body: unknown): Promise<Response> =>
      await fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });

    const read = async (id: string): Promise<unknown> => await (await fetch(`${url}/values/${id}`)).json();

    const untilValue = async (id: string, value: number): Promise<void> => {
      await vi.waitFor(async () => expect(await read(id)).toEqual({ value }), PATIENCE);
    };

    const create = async (value: number): Promise<string> => {
      const created = await send("POST", "/values", { value });
      expect(created.status).toBe(202);
      return Sent.parse(await created.json()).id;
    };

    test("creates a value, adds and multiplies over HTTP, and shows what comes of it", async () => {
      const id = await create(2);
      await untilValue(id, 2);
      expect((await send("PUT", `/values/${id}`, { operation: "ADD", value: 3 })).status).toBe(202);
      expect((await send("PUT", `/values/${id}`, { operation: "MULTIPLY", value: 4 })).status).toBe(202);
      await untilValue(id, 20);
    });

    test.each([
      ["a field of another type", "POST", "/values", { value: "two" }, "value"],
      ["no such field", "POST", "/values", { value: 1, unit: "m" }, "unit"],
      ["a field that is missing", "PUT", "/values/x", { operation: "ADD" }, "value"],
      ["an operation that there isn't", "PUT", "/values/x", { operation: "DIVIDE", value: 1 }, "operation"],
    ])("answers 400 to %s, and names it", async (_what, method, path, body, field) => {
      const answer = await send(method, path, body);
      expect(answer.status).toBe(400);
      expect(Problem.parse(await answer.json()).detail).toContain(field);
    });

    test("answers 400 to what is no JSON, and 404 for a value that there isn't", async () => {
      expect((await send("POST", "/values", "{")).status).toBe(400);
      expect((await fetch(`${url}/values/${crypto.randomUUID()}`)).status).toBe(404);
    });

    test("serves the OpenAPI document of its routes", async () => {
      const document: unknown = await (await fetch(`${url}/openapi.json`)).json();
      expect(document).toMatchObject({
        openapi: expect.stringMatching(/^3\.1/),
        paths: { "/values": { post: {} }, "/values/{id}": { get: {}, put: {} } },
      });
    });

    test("tells by GraphQL how each command ends", async () => {
      const own = crypto.randomUUID();
      const made = await graphql(
        url,
        `mutation { createValue(id: "${own}", input: { value: 5 }) { id status version value { value } events { __typename } } }`,
      );
      expect(made.errors).toBeUndefined();
      expect(made.data).toEqual({
        createValue: {
          id: own,
          status: "PROJECTED",
          version: expect.anything(),
          value: { value: 5 },
          events: [{ __typename: "ValueCreated" }],
        },
      });
      const again = await graphql(
        url,
        `mutation { createValue(id: "${own}", input: { value: 6 }, commandId: "again-${own}") { status rejection { code } } }`,
      );
      expect(again.data).toEqual({ createValue: { status: "REJECTED", rejection: { code: "ALREADY_EXISTS" } } });
      const later = await graphql(url, `{ command(id: "again-${own}") { status rejection { code } } }`);
      expect(later.data).toEqual({ command: { status: "REJECTED", rejection: { code: "ALREADY_EXISTS" } } });
      const missing = await graphql(
        url,
        `mutation { changeValue(id: "none-${own}", input: { operation: ADD, value: 1 }) { status rejection { code message } } }`,
      );
      expect(missing.data).toEqual({
        changeValue: {
          status: "REJECTED",
          rejection: { code: "NOT_FOUND", message: "There is no such value: create it first." },
        },
      });
    });

    test("tries a command out, and appends nothing", async () => {
      const id = await create(8);
      await untilValue(id, 8);
      const tried = await graphql(
        url,
        `
          mutation ($id: ID!) {
            changeValue(id: $id, input: { operation: MULTIPLY, value: 2 }, dryRun: true) {
              status
              value {
                value
              }
              events {
                ... on ValueMultiplied {
                  by
                }
              }
            }
          }
        `,
        { id },
      );
      expect(tried.data).toEqual({ changeValue: { status: "DECIDED", value: { value: 16 }, events: [{ by: 2 }] } });
      const { data } = await graphql(
        url,
        `
          query ($id: ID!) {
            valueEvents(id: $id) {
              nodes {
                __typename
              }
            }
          }
        `,
        { id },
      );
      expect(data).toEqual({ valueEvents: { nodes: [{ __typename: "ValueCreated" }] } });
    });

    test("takes a command once, and refuses one for another version", async () => {
      const own = crypto.randomUUID();
      const add = (args: string): string =>
        `mutation { changeValue(id: "${own}", input: { operation: ADD, value: 1 }, ${args}) { status receipt version rejection { code currentVersion } } }`;
      await graphql(url, `mutation { createValue(id: "${own}", input: { value: 0 }) { status } }`);
      const first = await graphql(url, add(`commandId: "once-${own}"`));
      expect(await graphql(url, add(`commandId: "once-${own}"`))).toEqual(first);
      await untilValue(own, 1);
      const refused = await graphql(url, add(`ifVersion: NO_STREAM`));
      expect(refused.data).toMatchObject({
        changeValue: { status: "REJECTED", rejection: { code: "VERSION_CONFLICT" } },
      });
    });

    test("tells subscribers of each change", async () => {
      const id = await create(1);
      const client = new LiveClient(url);
      const changes = client.subscribe(
        `subscription ($id: ID!) { valueChanges(where: { id: { eq: $id } }, snapshot: true) { value { value } } }`,
        { id },
      );
      await changes.atLeast(1);
      await send("PUT", `/values/${id}`, { operation: "ADD", value: 41 });
      await vi.waitFor(
        () => expect(changes.items.at(-1)).toMatchObject({ data: { valueChanges: { value: { value: 42 } } } }),
        PATIENCE,
      );
      await client.close();
    });
  });
}
