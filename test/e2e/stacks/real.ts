import { AvroSerializer, SchemaRegistryClient, SerdeType } from "@confluentinc/schemaregistry";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { realStack, uniqueName } from "../../support/real-stack.ts";
import type { E2EStack } from "./stack.ts";
import { stringDocuments } from "../../support/stored-documents.ts";

/** The real servers, with a database and a consumer group of its own. */
export async function openReal(): Promise<E2EStack> {
  const { brokers, registryUrl, mongoUrl } = realStack();
  const database = uniqueName("e2e");
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const mongo = await MongoClient.connect(mongoUrl);
  const registry = new SchemaRegistryClient({ baseURLs: [registryUrl] });
  return {
    args: ["--stack", "real"],
    env: {
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: registryUrl,
      MONGODB_URL: mongoUrl,
      MONGODB_DATABASE: database,
      EVENTQL_GROUP: database,
    },
    async produce(topic, records) {
      await producer.send({ topic, messages: [...records] });
    },
    async serialize(topic, fullName, event) {
      const { schema } = await registry.getLatestSchemaMetadata(`${topic}-${fullName}`);
      const serializer = new AvroSerializer(registry, SerdeType.VALUE, {
        useLatestVersion: true,
        autoRegisterSchemas: false,
        subjectNameStrategy: () => `${topic}-${fullName}`,
      });
      if (schema === undefined) throw new TypeError(`no schema of ${fullName}`);
      return await serializer.serialize(topic, event);
    },
    collection: async (name) => stringDocuments(await mongo.db(database).collection(name).find().toArray()),
    async close() {
      await producer.disconnect();
      await mongo.db(database).dropDatabase();
      await mongo.close();
    },
  };
}
