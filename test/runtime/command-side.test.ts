import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { EventQLError } from "../../src/errors.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { type Engine, startEngine } from "../../src/runtime/engine.ts";
import { type Ports, type Prepared, prepare } from "../../src/runtime/prepare.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { writeCounterDomain } from "../support/counter-domain.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TOPIC = "counters";

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

test("nothing is decided on the documents of a topic that is refused, and they wait", async () => {
  const { schemas } = await writeCounterDomain(folder.path, TOPIC);
  const config = await loadConfig({
    flags: { createTopics: true, data: folder.path, stack: "embedded", schemas },
    env: {},
    cwd: folder.path,
  });
  const prepared = await prepare(ports, config, new AbortController().signal, silentLogger);
  const start = (refused: Prepared["refused"]): Engine =>
    startEngine(
      ports,
      { ...prepared, refused },
      {
        config,
        logger: silentLogger,
        metrics: noMetrics,
        tracer: noTracer,
        checkApi: () => {},
        catalogChanged: () => {},
      },
    );
  engine = start({
    topics: [{ topic: TOPIC, error: new EventQLError("TOPIC_UNSUITABLE", "compacted") }],
    projections: [],
  });
  const { commands, catalog } = engine;
  const [aggregate] = catalog.current().aggregates;
  const commandType = aggregate?.owned?.commands[0];
  if (aggregate === undefined || commandType === undefined) throw new TypeError("the topic has no command");
  const sent = await commands.send({ kind: "command", aggregate, commandType, id: "a", payload: { by: 1n } });
  await expect(commands.outcome(sent, 300)).rejects.toMatchObject({ code: "NOT_YET_DECIDED" });
  await engine.stop();
  engine = start({ topics: [], projections: [] });
  expect(await engine.commands.outcome(sent, 5_000)).toMatchObject({ status: "DECIDED" });
});
