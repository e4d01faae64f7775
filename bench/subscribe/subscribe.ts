import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { z } from "zod";
import { type CaseResult, summarize } from "../report.ts";
import type { Servers } from "../servers.ts";
import { CASES, SCHEMA, type SubscribeCase } from "./cases.ts";
import type { ClientsResult } from "./clients.ts";
import { Load } from "./load.ts";
import { LineProcess } from "../processes.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const PLAIN = fileURLToPath(new URL("plain.ts", import.meta.url));
const CLIENTS = fileURLToPath(new URL("clients.ts", import.meta.url));

const PARTITIONS = 4;

/** ms between probes until every subscriber has had one. */
const PROBE_MS = 2_000;

const Result = z.object({ deliveriesPerSecond: z.number(), p50: z.number(), p99: z.number() });

/** What the runs of a case share: a topic, and a projector that keeps its documents. */
interface Stage {
  readonly servers: Servers;
  readonly topic: string;
  readonly database: string;
  readonly env: Readonly<Record<string, string>>;
  readonly load: Load;
}

/**
 * Changes from the log to WebSocket clients: EventQL's gateway beside plain Yoga with graphql-ws on a change stream. Both
 * are told of the same documents, which one projector writes; the clients are the same program, in a process of its own.
 */
export async function subscribeBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const database = topic;
  const schemaId = await prepare(servers, topic);
  const env = {
    KAFKA_BROKERS: servers.brokers,
    SCHEMA_REGISTRY_URL: servers.registryUrl,
    MONGODB_URL: servers.mongoUrl,
    MONGODB_DATABASE: database,
    EVENTQL_TOPICS: topic,
    EVENTQL_GROUP: topic,
    EVENTQL_SCHEMAS: "",
  };
  const load = new Load(servers.brokers, topic, schemaId);
  await load.start();
  const projector = new LineProcess(MAIN, ["start", "--roles", "projector", "--port", "0"], env);
  try {
    const stage = { servers, topic, database, env, load };
    const results: CaseResult[] = [];
    for (const of of CASES) results.push(...(await benchCase(stage, of, rounds, progress)));
    return results;
  } finally {
    await projector.stop();
    await load.stop();
    await cleanUp(servers, topic, database);
  }
}

async function benchCase(
  stage: Stage,
  of: SubscribeCase,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const figures = { ours: [] as ClientsResult[], plain: [] as ClientsResult[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? (["ours", "plain"] as const) : (["plain", "ours"] as const)) {
      const result = await runSide(side, stage, of);
      figures[side].push(result);
      const { deliveriesPerSecond, p50, p99 } = result;
      const rate = `${Math.round(deliveriesPerSecond)} deliveries/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
      progress(`${of.name}: round ${round + 1} of ${rounds}, ${side}: ${rate}`);
    }
  }
  const each = (unit: string, figure: (result: ClientsResult) => number): CaseResult =>
    summarize(`subscribe: ${of.name}`, unit, figures.ours.map(figure), {
      "Yoga + graphql-ws": figures.plain.map(figure),
    });
  return [
    each("deliveries/s", ({ deliveriesPerSecond }) => deliveriesPerSecond),
    each("p50 µs", ({ p50 }) => p50 * 1_000),
    each("p99 µs", ({ p99 }) => p99 * 1_000),
  ];
}

async function runSide(
  side: "ours" | "plain",
  { servers, database, env, load }: Stage,
  of: SubscribeCase,
): Promise<ClientsResult> {
  const server =
    side === "ours"
      ? new LineProcess(MAIN, ["start", "--roles", "gateway", "--port", "0"], env)
      : new LineProcess(PLAIN, [JSON.stringify({ mongoUrl: servers.mongoUrl, database })]);
  const [, address = ""] = await server.line(/(?:http|ws):\/\/([\w.]+:\d+)/);
  const clients = new LineProcess(CLIENTS, [JSON.stringify({ url: `ws://${address}/graphql`, of })]);
  try {
    await clients.line(/^open$/);
    const ready = clients.line(/^ready$/);
    await probeUntil(ready, load, of);
    const result = clients.line(/^\{.*\}$/);
    clients.write("go");
    await load.run(of);
    const [text] = await result;
    return Result.parse(JSON.parse(text));
  } finally {
    await clients.stop();
    await server.stop();
  }
}

/** A subscription begins to be served at a time that only its first delivery tells. */
async function probeUntil(ready: Promise<unknown>, load: Load, of: SubscribeCase): Promise<void> {
  for (;;) {
    await load.probe(of);
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), PROBE_MS);
    const isReady = await Promise.race([ready.then(() => true), late.promise]);
    clearTimeout(timer);
    if (isReady) return;
  }
}

async function prepare({ brokers, registryUrl }: Servers, topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const registry = new SchemaRegistryClient({ baseURLs: [registryUrl] });
  return await registry.register(`${topic}-value`, { schemaType: "AVRO", schema: SCHEMA });
}

async function cleanUp({ brokers, registryUrl, mongoUrl }: Servers, topic: string, database: string): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  await new SchemaRegistryClient({ baseURLs: [registryUrl] }).deleteSubject(`${topic}-value`);
  const client = await MongoClient.connect(mongoUrl);
  await client.db(database).dropDatabase();
  await client.close();
}
