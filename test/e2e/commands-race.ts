import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { writeCounterDomain } from "../support/counter-domain.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const COMMANDS = 1_000;
const TOGETHER = 20;

const COUNT = `mutation ($id: ID!, $ifVersion: ExpectedVersion, $wait: Wait) {
  count(id: $id, input: { by: 1 }, ifVersion: $ifVersion, wait: $wait, timeoutMs: 25000) {
    status version rejection { code currentVersion } events { __typename ... on Counted { total } }
  }
}`;
const COUNTER = "query ($id: ID!) { counter(id: $id) { total _meta { version } } }";

const long = z.coerce.number();
const Answer = z.object({
  count: z.object({
    status: z.enum(["DECIDED", "REJECTED", "PROJECTED"]),
    version: long.nullable(),
    rejection: z.object({ code: z.string(), currentVersion: long.nullable() }).nullable(),
    events: z.array(z.object({ total: long })),
  }),
});
type Counted = z.infer<typeof Answer>["count"];

const Counter = z.object({ counter: z.object({ total: long, _meta: z.object({ version: long }) }) });

const NOTHING: Counted = { status: "REJECTED", version: null, rejection: null, events: [] };

/** What one of many who count at once has done. */
interface Win {
  readonly ifVersion: number;
  readonly version: number;
  readonly total: number;
}

/** Many who increment one key at once, each by the version that they know: the same on every stack. */
export function commandsRace(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`increments by expected versions on the ${name} stack`, () => {
    const topic = uniqueName("counter");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { schemas, config } = await writeCounterDomain(folder.path, topic);
      stack = await open(folder.path);
      const flags = [...stack.args, "--schemas", schemas, "--config", config, "--topics", topic];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
    }, 90_000);

    afterAll(async () => {
      gateway.signal("SIGTERM");
      await gateway.exit();
      await stack.close();
      await folder.remove();
    });

    const count = async (id: string, ifVersion: number | "NO_STREAM", wait = "DECIDED"): Promise<Counted> => {
      const { data, errors } = await graphql(url, COUNT, { id, ifVersion: String(ifVersion), wait });
      expect(errors).toBeUndefined();
      return Answer.parse(data).count;
    };

    const begin = async (id: string): Promise<number> => (await count(id, "NO_STREAM", "PROJECTED")).version ?? -1;

    /** Each won version follows the one before, by one; the document is what the last one left. */
    const expectChain = async (id: string, first: number, wins: readonly Win[]): Promise<void> => {
      const inOrder = wins.toSorted((a, b) => a.version - b.version);
      expect(inOrder.map(({ ifVersion }) => ifVersion)).toEqual([
        first,
        ...inOrder.slice(0, -1).map(({ version }) => version),
      ]);
      expect(inOrder.map(({ total }) => total)).toEqual(inOrder.map((_, index) => index + 2));
      // What follows from the last one is shown with it.
      const last = await count(id, inOrder.at(-1)?.version ?? first, "PROJECTED");
      expect(last).toMatchObject({ status: "PROJECTED", events: [{ total: wins.length + 2 }] });
      const { counter } = Counter.parse((await graphql(url, COUNTER, { id })).data);
      expect(counter).toEqual({ total: wins.length + 2, _meta: { version: last.version } });
    };

    test(
      `${COMMANDS} in rounds of ${TOGETHER} who know the same version: one of each wins`,
      { timeout: 90_000 },
      async () => {
        const first = await begin("rounds");
        const wins: Win[] = [];
        for (let ifVersion = first, sent = 0; sent < COMMANDS; sent += TOGETHER) {
          const answers = await Promise.all(
            Array.from({ length: TOGETHER }, async () => await count("rounds", ifVersion)),
          );
          const won = answers.filter(({ status }) => status === "DECIDED");
          expect(won).toHaveLength(1);
          const [{ version, events } = NOTHING] = won;
          const lost = answers.filter(({ status }) => status === "REJECTED");
          for (const { rejection, events: none } of lost)
            expect([rejection, none]).toEqual([{ code: "VERSION_CONFLICT", currentVersion: version }, []]);
          wins.push({ ifVersion, version: version ?? -1, total: events[0]?.total ?? -1 });
          ifVersion = version ?? -1;
        }
        await expectChain("rounds", first, wins);
      },
    );

    test(`${COMMANDS} by ${TOGETHER} who each go on from what they were told last`, { timeout: 90_000 }, async () => {
      const first = await begin("free");
      const wins: Win[] = [];
      const refusals = new Set<string | undefined>();
      let sent = 0;
      const contend = async (): Promise<void> => {
        for (let ifVersion = first; sent < COMMANDS;) {
          sent += 1;
          const { status, version, rejection, events } = await count("free", ifVersion);
          if (status === "DECIDED") wins.push({ ifVersion, version: version ?? -1, total: events[0]?.total ?? -1 });
          else refusals.add(rejection?.code);
          ifVersion = version ?? rejection?.currentVersion ?? -1;
        }
      };
      await Promise.all(Array.from({ length: TOGETHER }, contend));
      expect(refusals).toEqual(new Set(["VERSION_CONFLICT"]));
      await expectChain("free", first, wins);
    });

    test("1,000 at once who know the same version: one of them wins", { timeout: 90_000 }, async () => {
      const first = await begin("all");
      const answers = await Promise.all(Array.from({ length: COMMANDS }, async () => await count("all", first)));
      const won = answers.filter(({ status }) => status === "DECIDED");
      expect(won).toHaveLength(1);
      expect(answers.filter(({ rejection }) => rejection?.currentVersion === won[0]?.version)).toHaveLength(
        COMMANDS - 1,
      );
    });
  });
}
