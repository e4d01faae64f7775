import { pathToFileURL } from "node:url";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { createCommands } from "../../src/command/create-commands.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import type { Servers } from "../servers.ts";
import { type Pace, Recorder, keepPace } from "./figures.ts";

const KEYS = 10_000;
const TIMEOUT_MS = 30_000;

/** What a load by the library itself is told. */
export interface DirectLoad {
  readonly servers: Servers;
  readonly topic: string;
  readonly config: string;
  readonly pace: Pace;
}

const { servers, topic, config, pace }: DirectLoad = JSON.parse(process.argv[2] ?? "");
const logger = silentLogger;
const registry = openConfluentRegistry({ url: servers.registryUrl, logger });
const { default: settings } = await import(pathToFileURL(config).href);
const catalog = await gatherCatalog(registry, { topics: [topic], deciders: settings.aggregates });
const codec = createCodec(registry, () => catalog);
const [aggregate] = catalog.aggregates;
const [commandType] = aggregate?.owned?.commands ?? [];
if (aggregate === undefined || commandType === undefined) throw new RangeError(`there is no command for ${topic}`);
const log = createKafkaEventLog({ brokers: [servers.brokers], clientId: "bench-load", logger });
const readModel = openMongoReadModel({ url: servers.mongoUrl, database: topic, logger });
const commands = createCommands({
  log,
  readModel,
  codec,
  logger,
  source: "/bench",
  group: `${topic}-load`,
  topics: () => [topic],
  maxWaiters: 1_000_000,
});
const recorder = new Recorder();

const figures = await keepPace(pace, recorder, async (number) => {
  const started = performance.now();
  const accepted = await commands.send({
    kind: "command",
    aggregate,
    commandType,
    id: `key-${number % KEYS}`,
    payload: { by: 1n },
  });
  const { status, command } = await commands.outcome(accepted, TIMEOUT_MS);
  if (status !== "DECIDED") throw new RangeError(`a command is ${status}`);
  recorder.decided(started, command.partition);
});
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
