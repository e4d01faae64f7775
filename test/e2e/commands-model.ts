import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { SurfaceNode } from "./commands-model/answers.ts";
import { ModelClient, shownEvent } from "./commands-model/client.ts";
import { writeModelDomain } from "./commands-model/domain.ts";
import { CommandModel } from "./commands-model/model.ts";
import { StepCommand } from "./commands-model/run-step.ts";
import { step } from "./commands-model/steps.ts";
import type { E2EStack } from "./stacks/stack.ts";

/** How long, in ms, new sequences are begun, and how long one that fails is made smaller. */
const TIME_MS = 20_000;
const SHRINK_MS = 60_000;

/** Sequences between two looks at the clock. */
const RUNS = 3;

/** Any sequence of what can be sent to owned topics, compared with a plain model: the same on every stack. */
export function commandsModel(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`commands on the ${name} stack, and a model of them`, () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let client: ModelClient;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { topics, schemas, config } = await writeModelDomain(folder.path);
      stack = await open(folder.path);
      const flags = [...stack.args, "--schemas", schemas, "--config", config];
      const own = ["--topics", Object.values(topics).join()];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags, ...own], stack.env);
      client = new ModelClient(await gateway.ready(), topics);
    }, 90_000);

    afterAll(async () => {
      gateway.signal("SIGTERM");
      await gateway.exit();
      await stack.close();
      await folder.remove();
    });

    const expectHistories = async (model: CommandModel): Promise<void> => {
      for (const { topic, key, events } of model.keys.values()) {
        const shown = await client.history(topic, key);
        expect(shown).toEqual(
          events.map(({ offset, transaction = null, invalid, ...event }) => ({
            ...shownEvent(topic, event),
            _meta: { offset, transaction, invalidated: invalid === undefined ? null : { reason: invalid } },
          })),
        );
      }
    };

    const expectSurfaces = async (model: CommandModel, mark: string): Promise<void> => {
      for (const topic of ["counters", "notes", "accounts"] as const) {
        const nodes = (await client.surface(topic)).filter(({ id }) => id.startsWith(mark));
        const there = [...model.keys.values()]
          .filter((own) => own.topic === topic)
          .map(({ key }) => ({ id: key, ...model.stateOf(topic, key) }))
          .filter(({ document }) => document !== undefined)
          .toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(nodes.map(({ id, version }) => ({ id, version }))).toEqual(
          there.map(({ id, version }) => ({ id, version })),
        );
        expectHashes(
          nodes,
          there.map(({ newest }) => JSON.stringify([newest?.type, newest?.said])),
        );
      }
    };

    const sequences = fc.asyncProperty(
      fc.commands([step.map((one) => new StepCommand(one))], { maxCommands: 40, size: "max" }),
      async (commands) => {
        const mark = crypto.randomUUID().slice(0, 8);
        const model = new CommandModel();
        await fc.asyncModelRun(() => ({ model, real: { client, mark } }), commands);
        await expectHistories(model);
        await expectSurfaces(model, mark);
      },
    );

    test(
      "whatever is sent, the answers, documents, histories and surfaces are the model's",
      { timeout: 120_000 },
      async () => {
        const until = performance.now() + TIME_MS;
        let runs = 0;
        for (; performance.now() < until; runs += RUNS)
          await fc.assert(sequences, {
            numRuns: RUNS,
            interruptAfterTimeLimit: SHRINK_MS,
          });
        expect(runs).toBeGreaterThan(0);
      },
    );
  });
}

/** Equal contents have equal hashes, and others others. */
function expectHashes(nodes: readonly SurfaceNode[], contents: readonly string[]): void {
  const hashes = new Map(contents.map((content, index) => [content, nodes[index]?.hash]));
  expect(nodes.map(({ hash }) => hash)).toEqual(contents.map((content) => hashes.get(content)));
  expect(new Set(hashes.values()).size).toBe(hashes.size);
}
