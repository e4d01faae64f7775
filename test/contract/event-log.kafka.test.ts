import { Kafka, logLevel, Partitioners } from "kafkajs";
import { createTopic } from "../../src/event-log/kafka/create-topic.ts";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { eventLogContract, type LogUnderTest, type RawRecord } from "./event-log.ts";

async function make(): Promise<LogUnderTest> {
  const brokers = realStack().brokers.split(",");
  const open = (): EventLog => createKafkaEventLog({ brokers, clientId: "contract", logger: silentLogger });
  const kafka = new Kafka({ brokers, clientId: "foreign", logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const log = open();
  return {
    log,
    open,
    appendRaw: async ({ topic, partition, key, value }: RawRecord) => {
      await producer.send({ topic, messages: [{ partition, key: buffer(key), value: buffer(value) }] });
    },
    createCleaned: async (spec) => {
      const admin = kafka.admin();
      await admin.connect();
      await createTopic(admin, { ...spec, config: CLEANED_SOON });
      await admin.disconnect();
    },
    dispose: async (topics) => {
      await log.close();
      await producer.disconnect();
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [...topics] });
      await admin.disconnect();
    },
  };
}

/** Segments of a few records, that are cleaned whatever there is to clean in them. */
const CLEANED_SOON = { "segment.ms": "50", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "0" };

function buffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

describeReal("on the real stack", () => eventLogContract("Kafka", make));
