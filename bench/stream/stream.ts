import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { PARTITIONS, SCHEMA, WORKLOADS, type Workload, fill } from "../projection/workload.ts";
import { type CaseResult, summarize } from "../report.ts";
import type { Servers } from "../servers.ts";

/** A stream with state, exactly once with one output an event; the same state without outputs; and as hints have it. */
const SIDES = ["stream", "table", "projector"] as const;

type Side = (typeof SIDES)[number];

/** One measured run, in a process of its own. */
export interface Run {
  readonly side: Side;
  readonly servers: Servers;
  readonly topic: string;
  readonly target: string;
  readonly database: string;
  readonly workload: Workload;
}

/** The event that is written: what the one says that it is made of. */
const WRITTEN: string = JSON.stringify({ ...JSON.parse(SCHEMA), name: "Metered", eventql: {} });

/** Events per second of a stream with state that writes an event for each, exactly once, beside the projector alone. */
export async function streamBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const workload of WORKLOADS)
    results.push(
      await benchCase(servers, { ...workload, name: workload.name.replace(/^\w+/, "stream") }, rounds, progress),
    );
  return results;
}

async function benchCase(
  servers: Servers,
  workload: Workload,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const registry = new SchemaRegistryClient({ baseURLs: [servers.registryUrl] });
  const schemaId = await registry.register(`${topic}-value`, { schemaType: "AVRO", schema: SCHEMA });
  progress(`${workload.name}: filling ${topic}`);
  await fill(servers.brokers, topic, schemaId, workload);
  const figures = { stream: [] as number[], table: [] as number[], projector: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const rate = await measure({ side, servers, topic, workload });
      figures[side].push(rate);
      progress(`${workload.name}: round ${round + 1} of ${rounds}, ${side}: ${Math.round(rate)} events/s`);
    }
  }
  await deleteTopic(servers, topic);
  const { stream, table, projector } = figures;
  return summarize(workload.name, "events/s", stream, { "without outputs": table, projector });
}

/** Each run writes to a topic of its own. */
async function measure({ servers, ...run }: Omit<Run, "target" | "database">): Promise<number> {
  const target = `bench-${randomUUID().slice(0, 8)}`;
  const database = target;
  const registry = new SchemaRegistryClient({ baseURLs: [servers.registryUrl] });
  await registry.register(`${target}-value`, { schemaType: "AVRO", schema: WRITTEN });
  const admin = new Kafka({ brokers: [servers.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: target, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const elapsed = await runApart({ ...run, servers, target, database });
  const { events, keys } = run.workload;
  await check(servers.mongoUrl, { database, keys, collection: run.side === "projector" ? "meters" : "meterStates" });
  await deleteTopic(servers, target);
  return (events / elapsed) * 1_000;
}

async function runApart(run: Run): Promise<number> {
  const script = fileURLToPath(new URL("run.ts", import.meta.url));
  const args = ["--disable-warning=TimeoutNegativeWarning", script, JSON.stringify(run)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const output = await text(child.stdout);
  const elapsed = Number(output.trim());
  if (!(elapsed > 0)) throw new RangeError(`the ${run.side} run of ${run.topic} gave no figure: ${output}`);
  return elapsed;
}

async function check(
  mongoUrl: string,
  { database, collection, keys }: { readonly database: string; readonly collection: string; readonly keys: number },
): Promise<void> {
  const client = await MongoClient.connect(mongoUrl);
  const count = await client.db(database).collection(collection).countDocuments();
  await client.db(database).dropDatabase();
  await client.close();
  if (count !== keys) throw new RangeError(`${count} documents of ${keys} in ${collection}`);
}

async function deleteTopic({ brokers, registryUrl }: Servers, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  await new SchemaRegistryClient({ baseURLs: [registryUrl] }).deleteSubject(`${topic}-value`);
}
