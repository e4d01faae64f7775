import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { processorSuite } from "./processor-suite.ts";

describeReal("a processor on Kafka and MongoDB", () => {
  processorSuite(async () => {
    const { brokers: list, mongoUrl: url } = realStack();
    const brokers = list.split(",");
    const prefix = `${uniqueName("processor")}-`;
    const database = prefix.slice(0, -1);
    const log = createKafkaEventLog({ brokers, clientId: "processor", logger: silentLogger });
    const readModel = openMongoReadModel({ url, database, logger: silentLogger });
    return {
      log,
      readModel,
      prefix,
      async close() {
        await Promise.all([log.close(), readModel.close()]);
        const client = new MongoClient(url);
        await client.db(database).dropDatabase();
        await client.close();
        const admin = new Kafka({ brokers, clientId: "processor", logLevel: logLevel.NOTHING }).admin();
        await admin.connect();
        await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
        await admin.disconnect();
      },
    };
  }, 30_000);
});
