import { setTimeout as pause } from "node:timers/promises";
import avsc from "avsc";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, Partitioners, type Producer, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ADDED, LOAD, additions, deletedKeys, expectedTotals, writeSchemas } from "./exactly-once.ts";

const PATIENCE = { timeout: 90_000, interval: 20 };

describeReal("projectors killed, frozen and replaced under load", () => {
  const topic = uniqueName("counter");
  const database = uniqueName("faults");
  const started: EventqlProcess[] = [];
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let schemas = "";
  let mongo: MongoClient;
  let producer: Producer;

  const startProjector = (): EventqlProcess => {
    const { brokers, registryUrl, mongoUrl } = realStack();
    const flags = ["--stack", "real", "--roles", "projector", "--port", "0", "--topics", topic, "--schemas", schemas];
    const projector = new EventqlProcess(["start", "--create-topics", ...flags], {
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: registryUrl,
      MONGODB_URL: mongoUrl,
      MONGODB_DATABASE: database,
      EVENTQL_GROUP: database,
    });
    started.push(projector);
    return projector;
  };

  const applied = async (): Promise<number> => {
    const checkpoints = await mongo
      .db(database)
      .collection("eventql_checkpoints")
      .find({ projection: "aggregates" })
      .toArray();
    return z
      .array(z.object({ next: z.coerce.number() }))
      .parse(checkpoints)
      .reduce((sum, { next }) => sum + next, 0);
  };

  const untilApplied = async (count: number): Promise<void> => {
    await vi.waitFor(async () => {
      expect(await applied(), started.map(({ output }) => output).join("\n")).toBeGreaterThanOrEqual(count);
    }, PATIENCE);
  };

  /** Some 3,000 events a second, so that every fault falls into the middle of the load. */
  const produceAll = async (): Promise<void> => {
    const registry = new SchemaRegistryClient({ baseURLs: [realStack().registryUrl] });
    const { id = 0 } = await registry.getLatestSchemaMetadata(`${topic}-test.Added`);
    const type = avsc.Type.forSchema(JSON.parse(ADDED));
    const header = Buffer.alloc(5);
    header.writeInt32BE(id, 1);
    const all = additions();
    for (let start = 0; start < all.length; start += 300) {
      const messages = all.slice(start, start + 300).map(({ key, amount }) => ({
        key,
        value: Buffer.concat([header, type.toBuffer({ total: amount })]),
      }));
      await producer.send({ topic, messages });
      await pause(100);
    }
    await producer.send({ topic, messages: deletedKeys().map((key) => ({ key, value: null })) });
  };

  /** Each event is in it once, and goes on where the one before of its key ended. */
  const expectWholeJournal = async (): Promise<void> => {
    const journal = mongo.db(database).collection("eventql_journal_counters");
    const stored = await journal
      .find({}, { sort: { key: 1, offset: 1 }, projection: { value: 0, headers: 0 } })
      .toArray();
    const entries = z
      .array(z.object({ key: z.string(), offset: z.coerce.number(), previous: z.coerce.number().optional() }))
      .parse(stored);
    expect(entries).toHaveLength(LOAD.events + LOAD.deleted);
    const broken = entries.filter(({ key, previous }, index) => {
      const before = entries[index - 1];
      return previous !== (before?.key === key ? before.offset : undefined);
    });
    expect(broken).toEqual([]);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    schemas = await writeSchemas(folder.path, topic);
    const { brokers, mongoUrl } = realStack();
    mongo = await MongoClient.connect(mongoUrl);
    producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
  });

  afterAll(async () => {
    await Promise.all(started.map(async (projector) => await projector.kill()));
    await producer.disconnect();
    await mongo.db(database).dropDatabase();
    await mongo.close();
    await folder.remove();
  });

  test(
    "every one of 50,000 additions counts exactly once, and deletes stay deleted",
    { timeout: 180_000 },
    async () => {
      const first = startProjector();
      await first.ready();
      const producing = produceAll();
      await untilApplied(5_000);
      await first.kill();

      const second = startProjector();
      await untilApplied(12_000);
      await second.kill();

      const frozen = startProjector();
      await untilApplied(20_000);
      frozen.signal("SIGSTOP");
      const before = await applied();
      startProjector();
      await untilApplied(before + 5_000);
      frozen.signal("SIGCONT");
      await producing;

      await untilApplied(LOAD.events + LOAD.deleted);
      const counters = await mongo.db(database).collection("counters").find().toArray();
      const totals = z.array(z.object({ _id: z.string(), total: z.coerce.number() })).parse(counters);
      expect(new Map(totals.map(({ _id, total }) => [_id, total]))).toEqual(expectedTotals());
      expect(await mongo.db(database).collection("eventql_dead_letters").countDocuments()).toBe(0);
      await expectWholeJournal();
    },
  );
});
