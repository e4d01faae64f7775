import avsc, { type Type } from "avsc";
import { type EachBatchPayload, Kafka, logLevel } from "kafkajs";
import { type AnyBulkWriteOperation, type Collection, MongoClient } from "mongodb";
import { PARTITIONS, SCHEMA, type Workload } from "./workload.ts";

interface Meter {
  _id: string;
  [column: string]: unknown;
}

interface Stored {
  _id: string;
  next: number;
}

/** Where the bare loop works. `maxBytes`: of a partition's fetch, and so of a batch. */
export interface BareOptions {
  readonly brokers: string;
  readonly mongoUrl: string;
  readonly database: string;
  readonly topic: string;
  readonly maxBytes: number;
  readonly workload: Workload;
}

/**
 * The same work by hand: kafkajs, avsc, and one transaction a batch that moves a checkpoint, inserts new keys and
 * replaces known ones. It stores the same documents, and has none of what makes them safe to share.
 * @returns ms from the first batch to the last commit
 */
export async function runBare(options: BareOptions): Promise<number> {
  const client = new MongoClient(options.mongoUrl);
  const database = client.db(options.database);
  const meters = await database.createCollection<Meter>("meters");
  const checkpoints = await database.createCollection<Stored>("checkpoints");
  await checkpoints.insertMany(Array.from({ length: PARTITIONS }, (_, index) => ({ _id: String(index), next: 0 })));
  const kafka = new Kafka({ brokers: [options.brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: options.database,
    maxBytesPerPartition: options.maxBytes,
    maxBytes: options.maxBytes * PARTITIONS,
    maxWaitTimeInMs: 300,
    heartbeatInterval: 300,
  });
  const type = avsc.Type.forSchema(JSON.parse(SCHEMA));
  const states = Array.from({ length: PARTITIONS }, () => new Map<string, Meter>());
  const finished = Promise.withResolvers<number>();
  let started: number | undefined;
  let applied = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [options.topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS,
    async eachBatch({ batch }) {
      started ??= performance.now();
      const operations = fold(batch, type, states[batch.partition] ?? new Map());
      await store(client, meters, checkpoints, batch, operations);
      applied += batch.messages.length;
      if (applied === options.workload.events) finished.resolve(performance.now() - started);
    },
  });
  const elapsed = await finished.promise;
  await consumer.disconnect();
  await client.close();
  return elapsed;
}

interface Operations {
  readonly inserts: Meter[];
  readonly replacements: AnyBulkWriteOperation<Meter>[];
}

function fold(batch: EachBatchPayload["batch"], type: Type, state: Map<string, Meter>): Operations {
  const changed = new Map<string, { readonly isNew: boolean; readonly document: Meter }>();
  for (const message of batch.messages) {
    const key = String(message.key);
    const before = changed.get(key)?.document ?? state.get(key);
    const isNew = changed.get(key)?.isNew ?? before === undefined;
    const time = new Date(Number(message.timestamp));
    const meta = { partition: batch.partition, offset: Number(message.offset), type: "bench.Measured", updated: time };
    const created = before === undefined ? time : createdOf(before);
    const event: object = type.fromBuffer(message.value?.subarray(5) ?? Buffer.alloc(0));
    const document: Meter = { _id: key, ...event, _meta: { ...meta, created } };
    changed.set(key, { isNew, document });
  }
  const operations: Operations = { inserts: [], replacements: [] };
  for (const [key, { isNew, document }] of changed) {
    state.set(key, document);
    if (isNew) operations.inserts.push(document);
    else operations.replacements.push({ replaceOne: { filter: { _id: key }, replacement: document } });
  }
  return operations;
}

function createdOf(document: Meter): unknown {
  const meta = document["_meta"];
  return typeof meta === "object" && meta !== null && "created" in meta ? meta.created : undefined;
}

async function store(
  client: MongoClient,
  meters: Collection<Meter>,
  checkpoints: Collection<Stored>,
  batch: EachBatchPayload["batch"],
  { inserts, replacements }: Operations,
): Promise<void> {
  const session = client.startSession();
  try {
    await session.withTransaction(async () => {
      const filter = { _id: String(batch.partition), next: Number(batch.firstOffset()) };
      const next = Number(batch.lastOffset()) + 1;
      const moved = await checkpoints.updateOne(filter, { $set: { next } }, { session });
      if (moved.matchedCount !== 1) throw new RangeError("the checkpoint stands elsewhere");
      if (inserts.length > 0) await meters.insertMany(inserts, { session, ordered: false });
      if (replacements.length > 0) await meters.bulkWrite(replacements, { session, ordered: false });
    });
  } finally {
    await session.endSession();
  }
}
