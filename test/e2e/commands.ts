import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { eventqlInProcess } from "../cli/run-in-process.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { type GraphQLAnswer, codesOf, graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };
const INDEX = new URL("../../src/index.ts", import.meta.url).href;

const CREATE = `mutation ($id: ID, $value: Int!, $wait: Wait, $commandId: ID, $timeoutMs: Int) {
  createTally(id: $id, input: { value: $value }, wait: $wait, commandId: $commandId, timeoutMs: $timeoutMs) {
    status id commandId receipt rejection { code } tally { id value }
  }
}`;
const ADD = `mutation ($id: ID!, $by: Int!, $wait: Wait, $commandId: ID, $ifVersion: ExpectedVersion) {
  addToTally(id: $id, input: { by: $by }, wait: $wait, commandId: $commandId, ifVersion: $ifVersion) {
    status id commandId receipt rejection { code currentVersion } tally { id value }
  }
}`;
const TALLY = `query ($id: ID!) { tally(id: $id) { id value _meta { version } } }`;
const CONSISTENT = `query ($id: ID!, $receipt: String!) @consistentWith(receipt: $receipt, timeoutMs: 20000) {
  tally(id: $id) { id value _meta { version } }
}`;

const payload = z.object({
  status: z.string(),
  id: z.string().nullable(),
  commandId: z.string(),
  receipt: z.string(),
  rejection: z.object({ code: z.string(), currentVersion: z.string().nullish() }).nullable(),
  tally: z.object({ id: z.string(), value: z.number() }).nullable(),
});
type Payload = z.infer<typeof payload>;

const record = (name: string, field: string, hints?: object): string =>
  JSON.stringify({ type: "record", name, namespace: "tally", eventql: hints, fields: [{ name: field, type: "int" }] });

/** The rules, as a user writes them. */
const configOf = (topic: string): string => `
import { decider, event, reject } from ${JSON.stringify(INDEX)};
export default {
  aggregates: [decider({
    aggregate: "Tally", topic: ${JSON.stringify(topic)}, initial: { value: 0 },
    decide: {
      CreateTally: (state, { value }) => state === undefined ? [event("TallyCreated", { value })] : reject("ALREADY_EXISTS"),
      AddToTally: (state, { by }) => {
        if (by === 13) throw new TypeError("a rule with a bug");
        return state === undefined ? reject("NOT_FOUND") : by === 0 ? [] : [event("TallyChanged", { by })];
      },
    },
    evolve: {
      TallyCreated: (_state, { value }) => ({ value }),
      TallyChanged: (state, { by }) => ({ value: state.value + by }),
    },
  })],
};`;

/** Commands, decided by the rules of a config file, through a gateway of its own: the same on every stack. */
export function commands(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`commands on the ${name} stack`, () => {
    const topic = uniqueName("tallies");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";
    let flags: readonly string[] = [];

    const start = async (): Promise<void> => {
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
    };
    const sent = async (mutation: string, variables: object): Promise<Payload> => {
      const answer = await graphql(url, mutation, { ...variables });
      expect(answer.errors).toBeUndefined();
      return payload.parse(Object.values(answer.data ?? {})[0]);
    };
    const create = async (variables: object): Promise<Payload> => await sent(CREATE, { value: 1, ...variables });
    const add = async (variables: object): Promise<Payload> => await sent(ADD, { by: 1, ...variables });
    const tallyOf = async (id: string): Promise<unknown> => (await graphql(url, TALLY, { id })).data?.["tally"];
    const tallySince = async (id: string, receipt: string): Promise<GraphQLAnswer> =>
      await graphql(url, CONSISTENT, { id, receipt });

    beforeAll(async () => {
      folder = await temporaryFolder();
      const write = async (of: string, type: string, text: string): Promise<void> => {
        await mkdir(join(folder.path, "schemas", of), { recursive: true });
        await writeFile(join(folder.path, "schemas", of, `${type}.avsc`), text);
      };
      const hints = { aggregate: "Tally" };
      await write(topic, "Tally", record("Tally", "value", { ...hints, state: true }));
      await write(topic, "TallyCreated", record("TallyCreated", "value", hints));
      await write(topic, "TallyChanged", record("TallyChanged", "by", hints));
      await write(`${topic}.commands`, "CreateTally", record("CreateTally", "value"));
      await write(`${topic}.commands`, "AddToTally", record("AddToTally", "by"));
      const config = join(folder.path, "eventql.config.ts");
      await writeFile(config, configOf(topic));
      stack = await open(folder.path);
      const schemas = join(folder.path, "schemas");
      flags = [...stack.args, "--schemas", schemas, "--config", config, "--topics", topic];
      await start();
    }, 90_000);

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("a command is decided, its event projected, and its document returned", async () => {
      expect(await create({ id: "a", value: 2 })).toMatchObject({
        status: "PROJECTED",
        id: "a",
        rejection: null,
        tally: { id: "a", value: 2 },
      });
      expect(await add({ id: "a", by: 3 })).toMatchObject({ status: "PROJECTED", tally: { value: 5 } });
      expect(await tallyOf("a")).toMatchObject({ id: "a", value: 5 });
    });

    test.each(["NONE", "APPENDED", "DECIDED"])("with wait %s, its receipt lets read what it did", async (wait) => {
      const id = `w-${wait}`;
      const created = await create({ id, value: 7, wait });
      expect(created.status).toBe(wait === "NONE" ? "ACCEPTED" : wait);
      const { data, errors } = await tallySince(id, created.receipt);
      expect(errors).toBeUndefined();
      expect(data?.["tally"]).toMatchObject({ id, value: 7 });
    });

    test("a command that is refused says why, and nothing is appended; its receipt has nothing to wait for", async () => {
      await create({ id: "r", value: 1 });
      const again = await create({ id: "r", value: 9 });
      expect(again).toMatchObject({ status: "REJECTED", rejection: { code: "ALREADY_EXISTS" }, tally: null });
      const { data } = await tallySince("r", again.receipt);
      expect(data?.["tally"]).toMatchObject({ value: 1 });
      expect(await add({ id: "none" })).toMatchObject({ status: "REJECTED", rejection: { code: "NOT_FOUND" } });
    });

    test("a command that leads to no event is decided all the same", async () => {
      await create({ id: "n", value: 4 });
      const decided = await add({ id: "n", by: 0 });
      expect(["DECIDED", "PROJECTED"]).toContain(decided.status);
      expect((await tallySince("n", decided.receipt)).data?.["tally"]).toMatchObject({ value: 4 });
    });

    test("a rule with a bug is a rejection, and the next command goes on", async () => {
      await create({ id: "b" });
      expect(await add({ id: "b", by: 13 })).toMatchObject({ status: "REJECTED", rejection: { code: "RULE_FAILED" } });
      expect(await add({ id: "b", by: 1 })).toMatchObject({ status: "PROJECTED", tally: { value: 2 } });
    });

    test("sent twice with one commandId, it is decided once, and answers alike", async () => {
      await create({ id: "i", value: 1 });
      const commandId = uniqueName("command");
      const first = await add({ id: "i", by: 5, commandId });
      const again = await add({ id: "i", by: 5, commandId });
      expect([again.status, again.receipt]).toEqual([first.status, first.receipt]);
      expect(await tallyOf("i")).toMatchObject({ value: 6 });
    });

    test("an expected version is met once", async () => {
      await create({ id: "v", value: 0 });
      const current = z.object({ _meta: z.object({ version: z.string() }) }).parse(await tallyOf("v"))._meta.version;
      const racing = await Promise.all(
        Array.from({ length: 20 }, async () => await add({ id: "v", ifVersion: current })),
      );
      const statuses = racing.map(({ status }) => status).toSorted();
      expect(statuses).toEqual(["PROJECTED", ...Array.from({ length: 19 }, () => "REJECTED")]);
      const codes = new Set(racing.flatMap(({ rejection }) => rejection?.code ?? []));
      expect(codes).toEqual(new Set(["VERSION_CONFLICT"]));
      expect(await tallyOf("v")).toMatchObject({ value: 1 });
    });

    test("many at once on many keys are all decided, each once", async () => {
      const ids = Array.from({ length: 50 }, (_, index) => `m-${index}`);
      await Promise.all(ids.map(async (id) => await create({ id, value: 0, wait: "DECIDED" })));
      const adds = ids.flatMap((id) => [1, 2, 3].map(async (by) => await add({ id, by, wait: "DECIDED" })));
      const receipts = (await Promise.all(adds)).map(({ id, receipt }) => ({ id: id ?? "", receipt }));
      for (const { id, receipt } of receipts.slice(-3)) await tallySince(id, receipt);
      await vi.waitFor(async () => {
        const values = await Promise.all(ids.map(async (id) => await tallyOf(id)));
        expect(values).toEqual(ids.map((id) => expect.objectContaining({ id, value: 6 })));
      }, PATIENCE);
    });

    test("input that is no command is an error, and nothing is sent", async () => {
      const wrong = `mutation { addToTally(id: "a", input: { by: "three" }) { status } }`;
      expect(codesOf(await graphql(url, wrong))).toEqual(["BAD_USER_INPUT"]);
      expect(codesOf(await graphql(url, CREATE, { id: "", value: 1 }))).toEqual(["KEY_INVALID"]);
    });

    test("eventql produce sends commands too, and says how they ended", async () => {
      const run = async (...args: readonly string[]): ReturnType<typeof eventqlInProcess> =>
        await eventqlInProcess([...args, ...flags], { cwd: folder.path, env: stack.env });
      const produce = async (...args: readonly string[]): ReturnType<typeof run> =>
        await run("produce", "--topic", topic, ...args);
      await create({ id: "p", value: 1 });
      const added = await produce("--schema", "AddToTally", "--key", "p", '{"by":4}');
      expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"status":"DECIDED"') });
      const refused = await produce("--schema", "AddToTally", "--key", "nobody", '{"by":4}');
      expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("NOT_FOUND") });
      const conflict = await produce("--schema", "AddToTally", "--key", "p", "--if-version", "NO_STREAM", '{"by":4}');
      expect(conflict).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("VERSION_CONFLICT") });
      const event = await produce("--schema", "TallyChanged", "--key", "p", '{"by":4}');
      expect(event).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("changed by its commands alone") });
      await vi.waitFor(async () => expect(await tallyOf("p")).toMatchObject({ value: 5 }), PATIENCE);
      const tail = async (of: string): Promise<string> =>
        (await run("tail", of, "--from-beginning", "--no-follow", "--format", "text")).stdout;
      expect(await tail(`${topic}.commands`)).toContain('AddToTally {"by":4}');
      expect(await tail(`${topic}.outcomes`)).toContain("NOT_FOUND");
    }, 60_000);

    test("a new process goes on where the last one ended, and knows its outcomes", async () => {
      await create({ id: "s", value: 1 });
      const commandId = uniqueName("command");
      const first = await add({ id: "s", by: 1, commandId });
      gateway.signal("SIGTERM");
      await gateway.exit();
      await start();
      expect(await add({ id: "s", by: 1, commandId })).toMatchObject({ status: first.status, receipt: first.receipt });
      expect(await add({ id: "s", by: 1 })).toMatchObject({ status: "PROJECTED", tally: { value: 3 } });
      const { data } = await graphql(
        url,
        `
          query ($id: ID!) {
            command(id: $id) {
              status
              commandId
            }
          }
        `,
        { id: commandId },
      );
      expect(data).toEqual({ command: { status: "DECIDED", commandId } });
    }, 60_000);
  });
}
