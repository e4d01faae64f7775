import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { eventqlInProcess } from "../cli/run-in-process.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { codesOf, graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { MISDEEDS, writeDeeds } from "./commands-refused/domain.ts";
import { endsOf, openLog } from "./stacks/open-log.ts";
import type { E2EStack } from "./stacks/stack.ts";

/** What one of the doors answered. */
interface Answer {
  /** `DECIDED`, or the code of what is wrong. */
  readonly ended: string;
  readonly message: string;
}

type Send = (type: string, key: string, input: object) => Promise<Answer>;

const Payload = z.object({
  status: z.string(),
  rejection: z.object({ code: z.string(), message: z.string() }).nullable(),
});
const Problem = z.object({
  status: z.union([z.string(), z.number()]).optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z
    .array(z.object({ message: z.string().optional(), extensions: z.object({ code: z.string() }).optional() }))
    .optional(),
});

/** Input and rules that are wrong, by every door: the same on every stack. */
export function commandsRefused(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`what is wrong, on the ${name} stack`, () => {
    const topic = uniqueName("deeds");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let log: EventLog;
    let flags: readonly string[] = [];
    let url = "";

    const doors: Readonly<Record<"GraphQL" | "HTTP" | "produce", Send>> = {
      GraphQL: async (type, id, input) => {
        const field = type.charAt(0).toLowerCase() + type.slice(1);
        const answer = await graphql(
          url,
          `mutation ($id: ID, $input: ${type}Input!) {
            did: ${field}(id: $id, input: $input, wait: DECIDED, timeoutMs: 20000) { status rejection { code message } }
          }`,
          { id, input },
        );
        if (answer.errors !== undefined)
          return {
            ended: [...new Set(codesOf(answer))].join(),
            message: answer.errors.map(({ message }) => message).join(),
          };
        const { status, rejection } = Payload.parse(answer.data?.["did"]);
        return { ended: rejection?.code ?? status, message: rejection?.message ?? "" };
      },
      HTTP: async (type, id, input) => {
        const response = await fetch(`${url}/${type.toLowerCase()}/${id}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(input),
        });
        const { code, detail, status, errors } = Problem.parse(await response.json());
        // What is at no route's path is answered as all that is at none of the gateway's.
        const [error] = errors ?? [];
        return { ended: code ?? error?.extensions?.code ?? String(status), message: detail ?? error?.message ?? "" };
      },
      async produce(type, key, input) {
        const args = ["produce", "--topic", topic, "--schema", type, "--key", key, ...flags, JSON.stringify(input)];
        const { exitCode, stdout, stderr } = await eventqlInProcess(args, { cwd: folder.path, env: stack.env });
        if (exitCode === 0)
          return { ended: z.object({ status: z.string() }).parse(JSON.parse(stdout)).status, message: "" };
        return { ended: /\b[A-Z]+(?:_[A-Z]+)+\b/.exec(stderr)?.[0] ?? "", message: stderr };
      },
    };

    /** The events' ends, behind everything that was sent so far. */
    const ends = async (of = topic): Promise<readonly number[]> => await endsOf(log, of);

    const doneBy = async (key: string): Promise<unknown> =>
      (await graphql(url, "query ($key: ID!) { deed(id: $key) { text done tags } }", { key })).data?.["deed"];

    /** The processor goes on: what follows is decided, on what there was before. */
    const expectNext = async (key: string, done: number): Promise<void> => {
      expect((await doors.GraphQL("Do", key, { text: "next" })).ended).toBe("DECIDED");
      await vi.waitFor(async () => expect(await doneBy(key)).toEqual({ text: "next", done, tags: ["one"] }), {
        timeout: 20_000,
        interval: 20,
      });
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      const domain = await writeDeeds(folder.path, topic);
      stack = await open(folder.path);
      flags = [...stack.args, ...domain.flags];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
      log = openLog(stack);
    }, 90_000);

    afterAll(async () => {
      await log.close();
      gateway.signal("SIGTERM");
      await gateway.exit();
      await stack.close();
      await folder.remove();
    });

    describe.each(["GraphQL", "HTTP", "produce"] as const)("by %s", (door) => {
      test("a rule with a bug is a rejection each time: nothing is appended, and what follows is decided", async () => {
        const key = `rules-${door}`;
        await expectNext(key, 1);
        const before = await ends();
        for (const how of MISDEEDS) {
          const { ended, message } = await doors[door]("Misbehave", key, { how });
          expect([how, ended]).toEqual([how, "RULE_FAILED"]);
          expect(message).not.toContain("secret");
        }
        expect(await ends()).toEqual(before);
        await expectNext(key, 2);
      });

      test("an event that the topic doesn't take is refused, and what follows is decided", async () => {
        const key = `large-${door}`;
        await expectNext(key, 1);
        const before = await ends();
        const { ended } = await doors[door]("Do", key, { text: "x", times: 3_000_000 });
        expect(ended).toBe("EVENT_TOO_LARGE");
        expect(await ends()).toEqual(before);
        await expectNext(key, 2);
      });

      test.each([
        ["no such command", "Undo", { text: "x" }, /Undo|\/undo/i],
        ["a field that is missing", "Do", {}, /text/],
        ["a field that there isn't", "Do", { text: "x", colour: "red" }, /colour/],
        ["a field of another type", "Do", { text: "x", times: "often" }, /times|Int/],
        ["no such symbol", "Misbehave", { how: "SING" }, /how/],
        ["a key that can't be one", "Do", { text: "x" }, /./],
      ])("%s is an error with a code, and nothing is sent", async (what, type, input, named) => {
        const key = what.startsWith("a key") ? "x".repeat(1_100) : "input";
        const before = [await ends(), await ends(`${topic}.commands`)];
        const { ended, message } = await doors[door](type, key, input);
        expect(ended).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
        expect(ended).not.toMatch(/INTERNAL|DECIDED/);
        expect(message).toMatch(named);
        expect([await ends(), await ends(`${topic}.commands`)]).toEqual(before);
      });

      test("a command that is too large is an error with a code, and nothing is sent", async () => {
        const before = [await ends(), await ends(`${topic}.commands`)];
        const { ended } = await doors[door]("Do", "huge", { text: "x".repeat(2_000_000) });
        expect(ended).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
        expect(ended).not.toMatch(/INTERNAL|DECIDED/);
        expect([await ends(), await ends(`${topic}.commands`)]).toEqual(before);
        await expectNext(`huge-${door}`, 1);
      });
    });

    test("what a stranger writes among the commands is refused, and what follows is decided", async () => {
      const key = Buffer.from("strange");
      await expectNext("strange", 1);
      const before = await ends();
      await stack.produce(`${topic}.commands`, [
        { key, value: Buffer.from("no Avro") },
        { key, value: null },
        { key: null, value: null },
        { key: Buffer.from([0xff, 0xfe]), value: Buffer.from([0, 0, 0, 0, 1, 2]) },
        { key, value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2]) },
      ]);
      await expectNext("strange", 2);
      const grown = (await ends()).reduce((sum, end) => sum + end, 0) - before.reduce((sum, end) => sum + end, 0);
      // On Kafka a transaction's end stands in the partition too.
      expect(grown).toBeLessThanOrEqual(2);
    });
  });
}
