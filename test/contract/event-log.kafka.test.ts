import { Kafka, logLevel, Partitioners } from "kafkajs";
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

function buffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

describeReal("on the real stack", () => eventLogContract("Kafka", make));
