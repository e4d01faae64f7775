import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadConfig } from "../../../src/config.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import { AGGREGATES } from "../../../src/model/checkpoint.ts";
import { readBuilds } from "../../../src/projector/builds/stored-builds.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import { type Engine, startEngine } from "../../../src/runtime/engine.ts";
import { type Ports, prepare } from "../../../src/runtime/prepare.ts";
import { openEmbeddedRegistry } from "../../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { noTracer } from "../../../src/telemetry/tracing.ts";
import { writeCounterDomain } from "../../support/counter-domain.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const TOPIC = "counters";
const PATIENCE = { timeout: 10_000, interval: 20 };
const INDEX = JSON.stringify(new URL("../../../src/index.ts", import.meta.url).href);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let ports: Ports;
let engine: Engine | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, "package.json"), "{}");
  const file = join(folder.path, "eventql.db");
  ports = {
    log: openEmbeddedEventLog({ file, logger: silentLogger }),
    registry: openEmbeddedRegistry({ file }),
    readModel: openEmbeddedReadModel({ file, logger: silentLogger }),
  };
});

afterEach(async () => {
  await engine?.stop();
  await ports.log.close();
  await ports.readModel.close();
  await ports.registry.close();
  await folder.remove();
});

/** Starts with other hints, and another projection in code. */
async function start(name: string, hints: object, projection: string): Promise<Engine> {
  const { schemas, config: rules } = await writeCounterDomain(folder.path, TOPIC);
  const config = join(folder.path, `${name}.config.mjs`);
  await writeFile(
    config,
    `import { projection } from ${INDEX};
     import base from ${JSON.stringify(rules)};
     const columns = { count: "long" };
     const tallies = projection({ name: "Tally", from: ["${TOPIC}"], columns, initial: { count: 0n }, ${projection} });
     export default { ...base, hints: ${JSON.stringify(hints)}, projections: [tallies] };`,
  );
  const flags = { createTopics: true, data: folder.path, stack: "embedded", schemas, config } as const;
  const loaded = await loadConfig({ flags, env: {}, cwd: folder.path });
  const prepared = await prepare(ports, loaded, new AbortController().signal, silentLogger);
  const telemetry = { logger: silentLogger, metrics: noMetrics, tracer: noTracer };
  return startEngine(ports, prepared, {
    ...telemetry,
    config: loaded,
    checkApi: () => {},
    catalogChanged: () => {},
  });
}

const count = async ({ commands, catalog }: Engine, id: string, by: bigint): Promise<string> => {
  const aggregate = catalog.current().aggregates.find(({ name }) => name === "Counter");
  const commandType = aggregate?.owned?.commands[0];
  if (aggregate === undefined || commandType === undefined) throw new TypeError("the topic has no command");
  const sent = await commands.send({ kind: "command", aggregate, commandType, id, payload: { by } });
  return (await commands.outcome(sent, 10_000)).status;
};

const documents = async (of: Engine, name: string): Promise<readonly StoredDocument[]> => {
  const aggregate = of.catalog.current().aggregates.find((each) => each.name === name);
  if (aggregate === undefined) throw new TypeError(`there is no ${name}`);
  const found = await ports.readModel.find(aggregate.collection, { filter: {}, sort: { _id: 1 } });
  return found.map(({ _meta, ...document }) => document);
};

test("an owned topic and a projection in code are built anew at a start, and commands are decided on what is right", async () => {
  engine = await start("first", {}, "evolve: { Counted: ({ count }) => ({ count: count + 1n }) }");
  for (const [id, by] of [
    ["a", 1n],
    ["b", 2n],
    ["a", 3n],
  ] as const)
    expect(await count(engine, id, by)).toBe("DECIDED");
  const shows = async (name: string, expected: readonly object[]): Promise<void> =>
    await vi.waitFor(async () => expect(engine && (await documents(engine, name))).toEqual(expected), PATIENCE);
  await shows("Tally", [
    { _id: "a", count: 2n },
    { _id: "b", count: 1n },
  ]);
  await shows("Counter", [
    { _id: "a", by: 3n, total: 4n },
    { _id: "b", by: 2n, total: 2n },
  ]);
  await engine.stop();

  const hints = { "test.Counted": { fields: { by: { effect: "add" } } } };
  engine = await start("second", hints, "evolve: { Counted: ({ count }) => ({ count: count + 10n }) }");
  expect(await count(engine, "a", 5n)).toBe("DECIDED");
  await shows("Counter", [
    { _id: "a", by: 9n, total: 9n },
    { _id: "b", by: 2n, total: 2n },
  ]);
  await shows("Tally", [
    { _id: "a", count: 30n },
    { _id: "b", count: 10n },
  ]);
  expect(await readBuilds(ports.readModel, { name: TOPIC, base: AGGREGATES })).toMatchObject({
    live: { suffix: expect.stringMatching(/^_/) },
    next: undefined,
    previous: { suffix: "" },
  });
  expect(engine.refused()).toEqual([]);
  await engine.stop();

  const keyed = 'key: () => "all", evolve: { Counted: ({ count }) => ({ count: count + 1n }) }';
  engine = await start("third", hints, keyed);
  await shows("Tally", [{ _id: "all", count: 4n }]);
  expect(await count(engine, "c", 1n)).toBe("DECIDED");
  await shows("Tally", [{ _id: "all", count: 5n }]);
  expect(engine.refusedProjections()).toEqual([]);
});
