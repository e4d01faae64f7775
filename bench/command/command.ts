import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Kafka, logLevel } from "kafkajs";
import { MongoClient } from "mongodb";
import { writeCounterDomain } from "../../test/support/counter-domain.ts";
import { LineProcess } from "../processes.ts";
import { type CaseResult, summarize } from "../report.ts";
import type { Servers } from "../servers.ts";
import type { LogLoad } from "./log-load.ts";
import { type CommandFigures, Figures, type Pace } from "./figures.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const HTTP_LOAD = fileURLToPath(new URL("http-load.ts", import.meta.url));
const LOG_LOAD = fileURLToPath(new URL("log-load.ts", import.meta.url));

const STEADY = { warmUpMs: 3_000, measuredMs: 10_000 };

/** ms into a load at which a processor is killed. */
const KILL_AT_MS = 5_000;

/** What the runs of a bench share: a topic with its rules, and the settings of its processes. */
interface Stage {
  readonly servers: Servers;
  readonly topic: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * From a command to its outcome: by a GraphQL mutation, and for commands that stand in the log; and while processors are
 * killed. With `BENCH_PROJECTOR=1` their events are projected beside it.
 */
export async function commandBench(
  servers: Servers,
  rounds: number,
  progress: (line: string) => void,
): Promise<CaseResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "eventql-bench-"));
  try {
    const results: CaseResult[] = [];
    for (const [name, run] of CASES) {
      const figures: CommandFigures[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const figure = await onStage(servers, folder, run);
        figures.push(figure);
        progress(`command: ${name}: round ${round + 1} of ${rounds}: ${textOf(figure)}`);
      }
      results.push(...resultsOf(name, figures));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const CASES: readonly (readonly [string, (stage: Stage) => Promise<CommandFigures>])[] = [
  ["mutations, 500/s", async (stage) => await byMutation(stage, 500)],
  ["mutations, 2,000/s", async (stage) => await byMutation(stage, 2_000)],
  ["commands in the log, 20,000/s", async (stage) => await byLog(stage, { ...STEADY, rate: 20_000 })],
  ["500/s, the only processor killed and started again", killedAlone],
  ["500/s, one of two processors killed", killedBesideAnother],
];

async function onStage(
  servers: Servers,
  folder: string,
  run: (stage: Stage) => Promise<CommandFigures>,
): Promise<CommandFigures> {
  const topic = `bench-${randomUUID().slice(0, 8)}`;
  const { schemas, config } = await writeCounterDomain(join(folder, topic), topic);
  const env = {
    KAFKA_BROKERS: servers.brokers,
    SCHEMA_REGISTRY_URL: servers.registryUrl,
    MONGODB_URL: servers.mongoUrl,
    MONGODB_DATABASE: topic,
    EVENTQL_GROUP: topic,
    EVENTQL_SCHEMAS: schemas,
    EVENTQL_CREATE_TOPICS: "true",
  };
  const stage: Stage = { servers, topic, config, env };
  const projector = process.env["BENCH_PROJECTOR"] === "1" ? startRoles(stage, "projector") : undefined;
  try {
    await projector?.line(ADDRESS);
    return await run(stage);
  } finally {
    await projector?.stop();
    await cleanUp(servers, topic);
  }
}

const ADDRESS = /http:\/\/[\w.]+:\d+/;

function startRoles({ config, env }: Stage, roles: string): LineProcess {
  return new LineProcess(MAIN, ["start", "--config", config, "--stack", "real", "--roles", roles, "--port", "0"], env);
}

async function byMutation(stage: Stage, rate: number): Promise<CommandFigures> {
  const processor = startRoles(stage, "processor");
  const gateway = startRoles(stage, "gateway");
  try {
    await processor.line(ADDRESS);
    const [url] = await gateway.line(ADDRESS);
    return await resultOf(new LineProcess(HTTP_LOAD, [JSON.stringify({ url, pace: { ...STEADY, rate } })]));
  } finally {
    await gateway.stop();
    await processor.stop();
  }
}

async function byLog(stage: Stage, pace: Pace): Promise<CommandFigures> {
  const processor = startRoles(stage, "processor");
  try {
    await processor.line(ADDRESS);
    return await resultOf(logLoad(stage, pace));
  } finally {
    await processor.stop();
  }
}

async function killedAlone(stage: Stage): Promise<CommandFigures> {
  const first = startRoles(stage, "processor");
  await first.line(ADDRESS);
  const load = logLoad(stage, { ...STEADY, rate: 500 });
  await pause(KILL_AT_MS);
  await first.stop("SIGKILL");
  const second = startRoles(stage, "processor");
  try {
    return await resultOf(load);
  } finally {
    await second.stop();
  }
}

async function killedBesideAnother(stage: Stage): Promise<CommandFigures> {
  const [first, second] = [startRoles(stage, "processor"), startRoles(stage, "processor")];
  await first.line(ADDRESS);
  await second.line(ADDRESS);
  const load = logLoad(stage, { ...STEADY, rate: 500 });
  await pause(KILL_AT_MS);
  await first.stop("SIGKILL");
  try {
    return await resultOf(load);
  } finally {
    await second.stop();
  }
}

function logLoad({ servers, topic, config }: Stage, pace: Pace): LineProcess {
  const load: LogLoad = { servers, topic, config, pace };
  return new LineProcess(LOG_LOAD, [JSON.stringify(load)]);
}

async function resultOf(load: LineProcess): Promise<CommandFigures> {
  const [text] = await load.line(/^\{.*\}$/);
  await load.stop();
  return Figures.parse(JSON.parse(text));
}

function resultsOf(name: string, figures: readonly CommandFigures[]): CaseResult[] {
  const each = (unit: string, figure: (of: CommandFigures) => number): CaseResult =>
    summarize(`command: ${name}`, unit, figures.map(figure), {});
  return [
    each("decided/s", ({ perSecond }) => perSecond),
    each("p50 µs", ({ p50 }) => p50 * 1_000),
    each("p99 µs", ({ p99 }) => p99 * 1_000),
    each("longest gap, ms", ({ longestGap }) => longestGap),
  ];
}

function textOf({ perSecond, p50, p99, longestGap }: CommandFigures): string {
  const latency = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return `${Math.round(perSecond)} decided/s, ${latency}, longest gap ${Math.round(longestGap)} ms`;
}

async function cleanUp({ brokers, mongoUrl }: Servers, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic, `${topic}.commands`, `${topic}.outcomes`] });
  await admin.disconnect();
  const client = await MongoClient.connect(mongoUrl);
  await client.db(topic).dropDatabase();
  await client.close();
}
