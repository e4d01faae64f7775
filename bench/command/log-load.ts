import { Kafka, type Message, Partitioners, logLevel } from "kafkajs";
import { pathToFileURL } from "node:url";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { HEADER } from "../../src/model/event.ts";
import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import type { Servers } from "../servers.ts";
import { type Pace, Recorder, keepPace } from "./figures.ts";

const KEYS = 10_000;

/** Commands that a request holds at most: kafkajs groups them in quadratic time. */
const BATCH = 1_000;

/** What a load that writes commands into the log itself is told. */
export interface LogLoad {
  readonly servers: Servers;
  readonly topic: string;
  readonly config: string;
  readonly pace: Pace;
}

const { servers, topic, config, pace }: LogLoad = JSON.parse(process.argv[2] ?? "");
const registry = openConfluentRegistry({ url: servers.registryUrl, logger: silentLogger });
const { default: settings } = await import(pathToFileURL(config).href);
const catalog = await gatherCatalog(registry, { topics: [topic], deciders: settings.aggregates });
const [commandType] = catalog.aggregates[0]?.owned?.commands ?? [];
if (commandType === undefined) throw new RangeError(`there is no command for ${topic}`);
const value = Buffer.from(createCodec(registry, () => catalog).encode(commandType, { by: 1n }));
const kafka = new Kafka({ brokers: [servers.brokers], logLevel: logLevel.NOTHING });
const producer = kafka.producer({
  createPartitioner: Partitioners.DefaultPartitioner,
  idempotent: true,
  maxInFlightRequests: 1,
});
const waiting = new Map<string, (partition: number) => void>();
let queue: Message[] = [];
let isSending = false;

await producer.connect();
await hear();
const recorder = new Recorder();
const figures = await keepPace(pace, recorder, async (number) => {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  const id = `command-${number}`;
  waiting.set(id, resolve);
  queue.push({ key: `key-${number % KEYS}`, value, headers: headersOf(id) });
  if (!isSending) void send();
  recorder.decided(started, await promise);
});
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);

function headersOf(id: string): Record<string, string> {
  return {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: id,
    [HEADER.type]: commandType?.fullName ?? "",
    [HEADER.source]: "/bench",
    [HEADER.time]: new Date().toISOString(),
    [HEADER.kind]: "command",
  };
}

/** One request in flight: what comes meanwhile is the next one. */
async function send(): Promise<void> {
  isSending = true;
  while (queue.length > 0) {
    const messages = queue.slice(0, BATCH);
    queue = queue.slice(BATCH);
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic: `${topic}.commands`, messages }] });
  }
  isSending = false;
}

/** Hears each outcome as it is committed. */
async function hear(): Promise<void> {
  const consumer = kafka.consumer({ groupId: `${topic}-load`, maxWaitTimeInMs: 100, heartbeatInterval: 300 });
  const joined = Promise.withResolvers<undefined>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve(undefined));
  await consumer.connect();
  await consumer.subscribe({ topic: `${topic}.outcomes`, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const { key } of batch.messages) {
        const id = String(key);
        waiting.get(id)?.(batch.partition);
        waiting.delete(id);
      }
      await Promise.resolve();
    },
  });
  await joined.promise;
}
