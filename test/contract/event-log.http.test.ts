import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { createHttpEventLog } from "../../src/event-log/http/http-event-log.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { appendRaw } from "../support/embedded-raw.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { serveLog } from "../support/serve-log.ts";
import { eventLogContract, type Lacks, type LogUnderTest, type RawRecord } from "./event-log.ts";

const LACKS: Lacks = {
  groups: "a consumer over HTTP reads everything, for itself: it has no part in a group",
  owners: "partitions are owned by a connection to the log itself",
  members: "groups are joined by a connection to the log itself",
  cleaning: "topics are made by a connection to the log itself",
};

/** Clients of a server over a log, which alone makes topics. */
async function overHttp(
  log: EventLog,
): Promise<Pick<LogUnderTest, "log" | "open"> & { readonly stop: () => Promise<void> }> {
  const server = await serveLog(log);
  const open = (): EventLog => ({
    ...createHttpEventLog({ url: server.url, findsKeys: log.findsKeys }),
    createTopics: async (topics) => await log.createTopics(topics),
  });
  const client = open();
  return {
    log: client,
    open,
    async stop() {
      await client.close();
      await server.stop();
      await log.close();
    },
  };
}

async function overEmbedded(): Promise<LogUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "eventql-http-log-"));
  const file = join(folder, "data.sqlite");
  const { stop, ...logs } = await overHttp(openEmbeddedEventLog({ file, logger: silentLogger }));
  return {
    ...logs,
    appendRaw: async (record) => appendRaw(file, record),
    async dispose() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function overKafka(): Promise<LogUnderTest> {
  const brokers = realStack().brokers.split(",");
  const kafka = new Kafka({ brokers, clientId: "foreign", logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const { stop, ...logs } = await overHttp(
    createKafkaEventLog({ brokers, clientId: "contract-http", logger: silentLogger }),
  );
  return {
    ...logs,
    appendRaw: async ({ topic, partition, key, value }: RawRecord) => {
      await producer.send({ topic, messages: [{ partition, key: buffer(key), value: buffer(value) }] });
    },
    async dispose(topics) {
      await stop();
      await producer.disconnect();
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [...topics] });
      await admin.disconnect();
    },
  };
}

function buffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

eventLogContract("HTTP, over the embedded log", overEmbedded, LACKS);
describeReal("on the real stack", () => eventLogContract("HTTP, over Kafka", overKafka, LACKS));
