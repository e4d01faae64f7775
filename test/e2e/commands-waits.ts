import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { writeCounterDomain } from "../support/counter-domain.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { type GraphQLAnswer, codesOf, graphql } from "../support/graphql-client.ts";
import { LiveClient, subscribeBySse } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const COUNT = `mutation ($id: ID, $by: Long!, $wait: Wait, $timeoutMs: Int, $commandId: ID) {
  count(id: $id, input: { by: $by }, wait: $wait, timeoutMs: $timeoutMs, commandId: $commandId) {
    id commandId status receipt version rejection { code } events { __typename } counter { total }
  }
}`;
const COMMAND = "query ($id: ID!) { command(id: $id) { id status receipt version rejection { code } } }";
const OUTCOME = `subscription ($id: ID!, $timeoutMs: Int) {
  commandOutcome(id: $id, timeoutMs: $timeoutMs) { commandId id status receipt rejection { code } events { version } }
}`;

const Sent = z.object({
  count: z.object({
    id: z.string(),
    commandId: z.string(),
    status: z.string(),
    receipt: z.string(),
    version: z.string().nullable(),
    rejection: z.object({ code: z.string() }).nullable(),
    events: z.array(z.unknown()).nullable(),
    counter: z.object({ total: z.string() }).nullable(),
  }),
});
type SentCount = z.infer<typeof Sent>["count"];

const Told = z.object({ data: z.object({ commandOutcome: z.object({ receipt: z.string() }).loose() }) });

const A_TEXT: unknown = expect.any(String);

const WAITS = ["NONE", "APPENDED", "DECIDED", "PROJECTED"] as const;

/** How far commands come that a processor decides on, at once, later or never; `start` with the roles of a process. */
export function commandsWaits(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`waiting for commands on the ${name} stack`, () => {
    const topic = uniqueName("counter");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let flags: readonly string[] = [];
    let gateway: EventqlProcess;
    let deciding: EventqlProcess | undefined;
    let url = "";

    /** A gateway of the embedded stack is the only server of its data: the one that decides takes its place. */
    const isAlone = name === "embedded";

    const start = async (roles: string): Promise<EventqlProcess> => {
      const own = ["--port", "0", "--create-topics", "--roles", roles, ...flags];
      const started = new EventqlProcess(["start", ...own], stack.env);
      const at = await started.ready();
      if (roles.includes("gateway")) url = at;
      return started;
    };

    const startDeciding = async (): Promise<void> => {
      if (isAlone) {
        gateway.signal("SIGTERM");
        await gateway.exit();
        gateway = await start("gateway,projector,processor");
      } else deciding = await start("projector,processor");
    };

    const count = async (variables: object): Promise<SentCount> => {
      const { data, errors } = await graphql(url, COUNT, { timeoutMs: 20_000, ...variables });
      expect(errors).toBeUndefined();
      return Sent.parse(data).count;
    };
    const commandOf = async (id: string): Promise<unknown> => (await graphql(url, COMMAND, { id })).data?.["command"];
    const counterSince = async (id: string, receipt: string, timeoutMs = 20_000): Promise<GraphQLAnswer> => {
      const since = `@consistentWith(receipt: ${JSON.stringify(receipt)}, timeoutMs: ${timeoutMs})`;
      return await graphql(url, `query ($id: ID!) ${since} { counter(id: $id) { total } }`, { id });
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { schemas, config } = await writeCounterDomain(folder.path, topic);
      stack = await open(folder.path);
      flags = [...stack.args, "--schemas", schemas, "--config", config, "--topics", topic];
      gateway = await start("gateway");
    }, 90_000);

    afterAll(async () => {
      deciding?.signal("SIGTERM");
      await deciding?.exit();
      gateway.signal("SIGTERM");
      await gateway.exit();
      await stack.close();
      await folder.remove();
    });

    // The order of the tests counts: the first ones have nobody who decides.

    const before: SentCount[] = [];
    const first = (): SentCount => {
      const [sent] = before;
      if (sent === undefined) throw new RangeError("nothing was sent");
      return sent;
    };

    test(
      "while nobody decides, a command is stored, and waiting for it ends as PENDING",
      { timeout: 60_000 },
      async () => {
        for (const wait of WAITS) {
          const sent = await count({ id: `before-${wait}`, by: 3, wait, timeoutMs: 200 });
          expect(sent).toMatchObject({
            status: wait === "NONE" ? "ACCEPTED" : "PENDING",
            receipt: expect.any(String),
            version: null,
            rejection: null,
            events: null,
            counter: null,
          });
          expect(await commandOf(sent.commandId)).toBeNull();
          before.push(sent);
        }
        before.push(await count({ id: "before-refused", by: 0, wait: "NONE" }));
      },
    );

    test("its receipt waits as well, and ends as NOT_YET_PROJECTED", async () => {
      const { id, receipt } = first();
      const { data, errors } = await counterSince(id, receipt, 200);
      expect([data?.["counter"] ?? null, codesOf({ errors })]).toEqual([null, ["NOT_YET_PROJECTED"]]);
    });

    test("a subscription to its outcome ends after its own time", async () => {
      const live = new LiveClient(url);
      const { commandId } = first();
      const bySocket = live.subscribe(OUTCOME, { id: commandId, timeoutMs: 200 });
      const bySse = subscribeBySse(url, OUTCOME, { id: commandId, timeoutMs: 200 });
      for (const received of [bySocket, bySse]) {
        await received.over();
        expect(JSON.stringify([received.items, received.failure ?? null])).toContain("NOT_YET_DECIDED");
      }
      await live.close();
    });

    test(
      "once someone decides, whoever waited is told, each receipt reads what came of it",
      { timeout: 90_000 },
      async () => {
        const live = new LiveClient(url);
        const subscribed = isAlone
          ? []
          : before.flatMap(({ commandId: id }) => [
              live.subscribe(OUTCOME, { id }),
              subscribeBySse(url, OUTCOME, { id }),
            ]);
        await startDeciding();
        for (const { id, commandId, receipt } of before) {
          const isRefused = id === "before-refused";
          const { data, errors } = await counterSince(id, receipt);
          expect(errors).toBeUndefined();
          expect(data).toEqual({ counter: isRefused ? null : { total: "3" } });
          const told = isRefused
            ? { id, status: "REJECTED", version: null, rejection: { code: "NOTHING" } }
            : { id, status: "DECIDED", version: A_TEXT, rejection: null };
          await vi.waitFor(async () => expect(await commandOf(commandId)).toMatchObject(told), { timeout: 20_000 });
        }
        for (const [index, received] of subscribed.entries()) {
          await received.over();
          const { id, commandId } = before[Math.floor(index / 2)] ?? { id: "", commandId: "" };
          const isRefused = id === "before-refused";
          expect(received.ending()).toBe("completed");
          expect(received.items).toHaveLength(1);
          expect(received.items).toMatchObject([
            { data: { commandOutcome: { id, commandId, status: isRefused ? "REJECTED" : "DECIDED" } } },
          ]);
          const { receipt } = Told.parse(received.items[0]).data.commandOutcome;
          expect((await counterSince(id, receipt)).data).toEqual({ counter: isRefused ? null : { total: "3" } });
        }
        await live.close();
      },
    );

    test("what was sent before is known when it is sent again", async () => {
      for (const { id, commandId } of before.slice(0, WAITS.length)) {
        const again = await count({ id, by: 8, commandId, wait: "PROJECTED" });
        expect(again).toMatchObject({
          status: "PROJECTED",
          counter: { total: "3" },
          events: [{ __typename: "Counted" }],
        });
        // What it had done besides would show by now.
        expect(await count({ id, by: 1 })).toMatchObject({ status: "PROJECTED", counter: { total: "4" } });
      }
    });

    test.each(WAITS)("decided at once, wait %s has its status, and its receipt reads what it did", async (wait) => {
      const id = `after-${wait}`;
      for (const [by, total] of [
        [4, "4"],
        [10, "14"],
      ] as const) {
        const sent = await count({ id, by, wait });
        expect(sent.status).toBe(wait === "NONE" ? "ACCEPTED" : wait);
        expect(sent.counter).toEqual(wait === "PROJECTED" ? { total } : null);
        expect(sent.events).toEqual(
          wait === "NONE" ? null : Array.from({ length: by === 10 ? 2 : 1 }, () => ({ __typename: "Counted" })),
        );
        expect(sent.version).toEqual(wait === "NONE" ? null : A_TEXT);
        const { data, errors } = await counterSince(id, sent.receipt);
        expect([data, errors]).toEqual([{ counter: { total } }, undefined]);
      }
      const refused = await count({ id, by: 0, wait });
      expect(refused).toMatchObject(
        wait === "NONE"
          ? { status: "ACCEPTED", rejection: null }
          : { status: "REJECTED", rejection: { code: "NOTHING" }, events: [], counter: null },
      );
      expect((await counterSince(id, refused.receipt)).data).toEqual({ counter: { total: "14" } });
    });

    test("the outcome of what is decided already is told at once, by either way", async () => {
      const { commandId } = await count({ id: "told", by: 2, wait: "DECIDED" });
      const live = new LiveClient(url);
      for (const received of [
        live.subscribe(OUTCOME, { id: commandId }),
        subscribeBySse(url, OUTCOME, { id: commandId }),
      ]) {
        await received.over();
        expect(received.items).toMatchObject([{ data: { commandOutcome: { commandId, status: "DECIDED" } } }]);
      }
      await live.close();
    });
  });
}
