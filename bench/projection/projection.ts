import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { type CaseResult, summarize } from "../report.ts";
import { type Servers } from "../servers.ts";
import { SCHEMA, WORKLOADS, type Workload, fill } from "./workload.ts";

/** Bytes of a partition's fetch at which the bare loop does best, by the number of keys. */
const BARE_MAX_BYTES = { many: 512 * 1024, hot: 8 * 1024 * 1024 };

/** One measured run, in a process of its own so that no run warms up another. */
export interface Run {
  readonly side: "ours" | "bare";
  readonly servers: Servers;
  readonly topic: string;
  readonly database: string;
  readonly maxBytes: number;
  readonly workload: Workload;
  /** Whether EventQL keeps each event in a journal too: with `BENCH_HISTORY=1`. */
  readonly history: boolean;
}

/** Events per second from the log into documents: EventQL's projector beside a bare loop. */
export async function projectionBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const workload of WORKLOADS) results.push(await benchCase(servers, workload, rounds, progress));
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
  const figures = { ours: [] as number[], bare: [] as number[] };
  const maxBytes = workload.keys === workload.events ? BARE_MAX_BYTES.many : BARE_MAX_BYTES.hot;
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? (["ours", "bare"] as const) : (["bare", "ours"] as const)) {
      const database = `bench-${randomUUID().slice(0, 8)}`;
      const history = process.env["BENCH_HISTORY"] === "1";
      const elapsed = await runApart({ side, servers, topic, database, maxBytes, workload, history });
      await check(servers.mongoUrl, database, workload);
      const rate = (workload.events / elapsed) * 1_000;
      figures[side].push(rate);
      progress(`${workload.name}: round ${round + 1} of ${rounds}, ${side}: ${Math.round(rate)} events/s`);
    }
  }
  await cleanUp(servers, topic);
  return summarize(workload.name, "events/s", figures.ours, { "bare loop": figures.bare });
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

/** Both sides must have stored every key, with its newest event. */
async function check(mongoUrl: string, database: string, { keys, events }: Workload): Promise<void> {
  const client = await MongoClient.connect(mongoUrl);
  const meters = client.db(database).collection("meters");
  const count = await meters.countDocuments();
  const newest = await meters.countDocuments({ amount: { $gte: events - keys } });
  await client.db(database).dropDatabase();
  await client.close();
  if (count !== keys || newest !== keys)
    throw new RangeError(`${count} documents of ${keys}, ${newest} of them newest`);
}

async function cleanUp({ brokers, registryUrl }: Servers, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  await new SchemaRegistryClient({ baseURLs: [registryUrl] }).deleteSubject(`${topic}-value`);
}
