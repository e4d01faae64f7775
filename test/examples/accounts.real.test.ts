import { ConfigResourceTypes, Kafka, logLevel, Partitioners } from "kafkajs";
import { createKafkaEventLog } from "../../src/event-log/kafka/kafka-event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { openReal } from "../e2e/stacks/real.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { type AccountsStack, accountsSuite } from "./accounts.ts";

/** As the example makes it, but of small segments, and cleaned whatever there is to clean. */
const ACCOUNTS = {
  topic: "accounts",
  numPartitions: 4,
  configEntries: Object.entries({
    "cleanup.policy": "compact",
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "0",
  }).map(([name, value]) => ({ name, value })),
};

describeReal("on the real servers", () => {
  accountsSuite("real", async (): Promise<AccountsStack> => {
    const stack = await openReal();
    const brokers = realStack().brokers.split(",");
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [ACCOUNTS] });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const log = createKafkaEventLog({ brokers, clientId: "accounts-beside", logger: silentLogger });
    return {
      ...stack,
      log,
      async produceOld({ topic, key, value, timestamp }) {
        await producer.send({ topic, messages: [{ key, value, timestamp: String(timestamp) }] });
      },
      async expire(topic) {
        const configEntries = [{ name: "retention.ms", value: "1" }];
        const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
        await admin.alterConfigs({ validateOnly: false, resources });
      },
      async close() {
        await log.close();
        await producer.disconnect();
        const own = (await admin.listTopics()).filter((topic) => /^(account|eventql\.daily-activity\.)/.test(topic));
        await admin.deleteTopics({ topics: own });
        await admin.disconnect();
        await stack.close();
      },
    };
  });
});
