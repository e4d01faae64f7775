import { Kafka, Partitioners, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { tidyRegistry } from "../../schema-registry/tidy-registry.ts";
import { realStack, uniqueName } from "../../support/real-stack.ts";
import { stringDocuments } from "../../support/stored-documents.ts";
import type { HotReloadStack } from "../hot-reload.ts";

/** Opens a real stack whose registry the suite writes to while a gateway runs. */
export async function openHotReal(): Promise<HotReloadStack> {
  const { brokers, registryUrl, mongoUrl } = realStack();
  const database = uniqueName("hot");
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const mongo = await MongoClient.connect(mongoUrl);
  const { open, tidy } = tidyRegistry(registryUrl);
  const registry = open();
  return {
    args: ["--stack", "real"],
    env: {
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: registryUrl,
      MONGODB_URL: mongoUrl,
      MONGODB_DATABASE: database,
      EVENTQL_GROUP: database,
    },
    registry,
    async deleteSubject(subject) {
      await fetch(`${registryUrl}/subjects/${encodeURIComponent(subject)}`, { method: "DELETE" });
    },
    async produce(topic, key, value) {
      await producer.send({ topic, messages: [{ key, value }] });
    },
    collection: async (name) => stringDocuments(await mongo.db(database).collection(name).find().toArray()),
    async close() {
      await producer.disconnect();
      await tidy();
      await registry.close();
      await mongo.db(database).dropDatabase();
      await mongo.close();
    },
  };
}
