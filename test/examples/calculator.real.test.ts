import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { calculatorSuite } from "./calculator.ts";

describeReal("on the real servers", () => {
  const database = uniqueName("calculator");
  calculatorSuite({
    name: "real",
    // Other tests' schemas are in the registry too.
    flags: ["--stack", "real", "--topics", "values"],
    env() {
      const { brokers, registryUrl, mongoUrl } = realStack();
      return {
        KAFKA_BROKERS: brokers,
        SCHEMA_REGISTRY_URL: registryUrl,
        MONGODB_URL: mongoUrl,
        MONGODB_DATABASE: database,
        EVENTQL_GROUP: database,
      };
    },
    async dispose() {
      const { brokers, mongoUrl } = realStack();
      const admin = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.deleteTopics({ topics: ["values", "values.commands", "values.outcomes"] });
      await admin.disconnect();
      const mongo = await MongoClient.connect(mongoUrl);
      await mongo.db(database).dropDatabase();
      await mongo.close();
    },
  });
});
