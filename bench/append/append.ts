import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry";
import { Kafka, logLevel } from "kafkajs";
import { z } from "zod";
import { type CaseResult, summarize } from "../report.ts";
import type { Servers } from "../servers.ts";
import { LineProcess } from "../processes.ts";
import { type AppendFigures, CALLERS, PARTITIONS, SCHEMA, check } from "./workload.ts";

const SIDES = ["ours", "same records", "group commit", "one at a time"] as const;

type Side = (typeof SIDES)[number];

/** One measured run, in a process of its own. */
export interface AppendRun {
  readonly side: Side;
  readonly servers: Servers;
  readonly topic: string;
  readonly schemaId: number;
}

const Figures: z.ZodType<AppendFigures> = z.object({
  eventsPerSecond: z.number(),
  p50: z.number(),
  p99: z.number(),
});

/**
 * Appends of 200 bytes that wait for all replicas: EventQL beside a bare group commit, of the same records and of their
 * keys and values alone, and one append at a time.
 */
export async function appendBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const figures: Record<Side, AppendFigures[]> = {
    ours: [],
    "same records": [],
    "group commit": [],
    "one at a time": [],
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const result = await runApart(servers, side);
      figures[side].push(result);
      const rate = `${Math.round(result.eventsPerSecond)} events/s, p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms`;
      progress(`append: round ${round + 1} of ${rounds}, ${side}: ${rate}`);
    }
  }
  const each = (unit: string, figure: (of: AppendFigures) => number): CaseResult =>
    summarize(`append: ${CALLERS} callers`, unit, figures.ours.map(figure), {
      "group commit, same records": figures["same records"].map(figure),
      "group commit, no headers": figures["group commit"].map(figure),
      "one at a time": figures["one at a time"].map(figure),
    });
  return [
    each("events/s", ({ eventsPerSecond }) => eventsPerSecond),
    each("p50 µs", ({ p50 }) => p50 * 1_000),
    each("p99 µs", ({ p99 }) => p99 * 1_000),
  ];
}

async function runApart(servers: Servers, side: Side): Promise<AppendFigures> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const admin = new Kafka({ brokers: [servers.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  const registry = new SchemaRegistryClient({ baseURLs: [servers.registryUrl] });
  const schemaId = await registry.register(`${topic}-value`, { schemaType: "AVRO", schema: SCHEMA });
  const run: AppendRun = { side, servers, topic, schemaId };
  const child = new LineProcess(fileURLToPath(new URL("run.ts", import.meta.url)), [JSON.stringify(run)]);
  const [text] = await child.line(/^\{.*\}$/);
  await child.stop();
  await check(servers.brokers, topic);
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  await registry.deleteSubject(`${topic}-value`);
  return Figures.parse(JSON.parse(text));
}
