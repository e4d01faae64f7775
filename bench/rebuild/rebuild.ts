import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, logLevel } from "kafkajs";
import { type Db, MongoClient } from "mongodb";
import { z } from "zod";
import { LineProcess } from "../processes.ts";
import { SCHEMA, type Workload, fill } from "../projection/workload.ts";
import { type CaseResult, summarize } from "../report.ts";
import type { Servers } from "../servers.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Long enough that one batch more or less before the first look makes no difference. */
const WORKLOADS: readonly Workload[] = [
  { name: "rebuild: 300,000 keys once", events: 300_000, keys: 300_000 },
  { name: "rebuild: 2,000,000 events on 20,000 keys", events: 2_000_000, keys: 20_000 },
];

/** ms between two looks at how far a build is. */
const LOOK_MS = 20;

/** Events per second of a rebuild beside the live build, and of the first projection: both of one process, as it is run. */
export async function rebuildBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "eventql-bench-"));
  try {
    const results: CaseResult[] = [];
    for (const workload of WORKLOADS) results.push(await benchCase(servers, folder, workload, rounds, progress));
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchCase(
  servers: Servers,
  folder: string,
  workload: Workload,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const schemas = join(folder, topic);
  await mkdir(join(schemas, topic), { recursive: true });
  await writeFile(join(schemas, topic, "Measured.avsc"), SCHEMA);
  const registry = new SchemaRegistryClient({ baseURLs: [servers.registryUrl] });
  const schemaId = await registry.register(`${topic}-bench.Measured`, { schemaType: "AVRO", schema: SCHEMA });
  progress(`${workload.name}: filling ${topic}`);
  await fill(servers.brokers, topic, schemaId, workload);
  const figures = { rebuild: [] as number[], first: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const ms = await measure(servers, { topic, schemas, workload });
    const [rebuild, first] = [ms.rebuild, ms.first].map((each) => (workload.events / each) * 1_000);
    figures.rebuild.push(rebuild ?? Number.NaN);
    figures.first.push(first ?? Number.NaN);
    const rates = `first ${Math.round(first ?? 0)}, rebuild ${Math.round(rebuild ?? 0)} events/s`;
    progress(`${workload.name}: round ${round + 1} of ${rounds}: ${rates}`);
  }
  await cleanUp(servers, topic);
  return summarize(workload.name, "events/s", figures.rebuild, { "first projection": figures.first });
}

/** ms of both, from when a build has applied something to when it has applied everything. */
async function measure(
  servers: Servers,
  { topic, schemas, workload }: { readonly topic: string; readonly schemas: string; readonly workload: Workload },
): Promise<{ readonly first: number; readonly rebuild: number }> {
  const database = `bench-${randomUUID().slice(0, 8)}`;
  const env = {
    KAFKA_BROKERS: servers.brokers,
    SCHEMA_REGISTRY_URL: servers.registryUrl,
    MONGODB_URL: servers.mongoUrl,
    MONGODB_DATABASE: database,
    EVENTQL_GROUP: database,
  };
  const flags = [
    "--stack",
    "real",
    "--schemas",
    schemas,
    "--topics",
    topic,
    "--swap",
    "manual",
    "--log-level",
    "error",
  ];
  const mongo = await MongoClient.connect(servers.mongoUrl);
  const server = new LineProcess(MAIN, ["start", "--port", "0", "--no-sample", ...flags], env);
  try {
    const checkpoints = mongo.db(database).collection("eventql_checkpoints");
    const applied = async (projection: object): Promise<number> => {
      const found = await checkpoints.find({ projection, topic }).toArray();
      return found.reduce((sum, { next }) => sum + z.coerce.number().parse(next), 0);
    };
    const [, url] = await server.line(/(http:\/\/[\w.]+:\d+)/);
    const first = await timed(async () => await applied({ $eq: "aggregates" }), workload);
    await ask(`${url}/graphql`, `mutation { rebuildProjection(name: "${topic}") { name } }`);
    const rebuild = await timed(async () => await applied({ $regex: "^aggregates@" }), workload);
    await check(mongo.db(database), workload);
    return { first, rebuild };
  } finally {
    await server.stop();
    await mongo.db(database).dropDatabase();
    await mongo.close();
  }
}

/** The time counts from the last look at which nothing was applied yet. */
async function timed(applied: () => Promise<number>, { events }: Workload): Promise<number> {
  for (let began = performance.now(); ;) {
    const looked = performance.now();
    const count = await applied();
    if (count === events) return performance.now() - began;
    if (count === 0) began = looked;
    await pause(LOOK_MS);
  }
}

/** Both builds must have every document, each with its newest event. */
async function check(db: Db, { keys, events }: Workload): Promise<void> {
  const builds = await db.listCollections({ name: /^meters(_[0-9a-f]{8})?$/ }).toArray();
  for (const { name } of builds) {
    const newest = await db.collection(name).countDocuments({ amount: { $gte: events - keys } });
    if (newest !== keys) throw new RangeError(`${newest} newest documents of ${keys} in ${name}`);
  }
  if (builds.length !== 2) throw new RangeError(`there are ${builds.length} builds`);
}

async function ask(url: string, query: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) });
  const { errors } = z.object({ data: z.unknown(), errors: z.unknown().optional() }).parse(await response.json());
  if (errors !== undefined) throw new RangeError(`the gateway refuses: ${JSON.stringify(errors)}`);
}

async function cleanUp({ brokers, registryUrl }: Servers, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  await new SchemaRegistryClient({ baseURLs: [registryUrl] }).deleteSubject(`${topic}-bench.Measured`);
}
