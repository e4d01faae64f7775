import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MongoClient } from "mongodb";
import { expect, vi } from "vitest";
import { z } from "zod";
import type { Catalog } from "../../../src/catalog/types.ts";
import { createCommands } from "../../../src/command/create-commands.ts";
import type { Commands } from "../../../src/command/commands.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import type { Decider } from "../../../src/model/decider.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { createMissingTopics } from "../../../src/runtime/prepare-topics.ts";
import { openConfluentRegistry } from "../../../src/schema-registry/confluent/confluent-registry.ts";
import { registerFolder } from "../../../src/schema-registry/register-folder.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { writeCounterDomain, expectedOf } from "../../support/counter-domain.ts";
import { EventqlProcess } from "../../support/gateway-process.ts";
import { realStack, uniqueName } from "../../support/real-stack.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { CounterLog, counterCatalog } from "./world.ts";

const PROXIED = fileURLToPath(new URL("proxied-processor.ts", import.meta.url));

const PATIENCE = { timeout: 120_000, interval: 1_000 };

const Rules = z.object({ default: z.object({ aggregates: z.array(z.custom<Decider>()) }) });

type Events = Awaited<ReturnType<CounterLog["events"]>>;

/** What a load has come to. */
interface Settled {
  /** The ids of the commands that are in the log. */
  readonly sent: ReadonlySet<string>;
  readonly events: Events;
  /** What the commands, in the log's order, have to lead to. */
  readonly expected: Events;
}

function countOf(events: Events): number {
  return [...events.values()].reduce((sum, { length }) => sum + length, 0);
}

/** A counter's topics on the real servers, processes that decide for it, and what came of its commands. */
export interface RealCounter {
  readonly catalog: Catalog;
  readonly commands: Commands;
  readonly log: CounterLog;
  /** A process with these roles. */
  start(roles: string): EventqlProcess;
  /** A processor behind a proxy of the broker; resolves when it is ready. */
  startProxied(proxyPort: number): Promise<{ kill(): Promise<void> }>;
  /** Waits until everything is decided: what there is, and what there must be. */
  settled(): Promise<Settled>;
  dispose(): Promise<void>;
}

/** Makes a counter's topics. */
export async function realCounter(): Promise<RealCounter> {
  const { brokers, registryUrl, mongoUrl } = realStack();
  const topic = uniqueName("counter");
  const database = topic;
  const folder = await temporaryFolder();
  const { schemas, config } = await writeCounterDomain(folder.path, topic);
  const logger = silentLogger;
  const registry = openConfluentRegistry({ url: registryUrl, logger });
  await registerFolder(registry, schemas);
  const { default: rules } = Rules.parse(await import(pathToFileURL(config).href));
  const { catalog, codec } = await counterCatalog(registry, topic, { deciders: rules.aggregates });
  const eventLog: EventLog = createKafkaEventLog({ brokers: brokers.split(","), clientId: "load", logger });
  await createMissingTopics(eventLog, catalog);
  const readModel = openMongoReadModel({ url: mongoUrl, database, logger });
  const commands = createCommands({
    log: eventLog,
    readModel,
    codec,
    logger,
    source: "/load",
    group: `${database}-load`,
    topics: () => [topic],
    maxWaiters: 100,
  });
  const env = {
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: registryUrl,
    MONGODB_URL: mongoUrl,
    MONGODB_DATABASE: database,
    EVENTQL_GROUP: database,
    EVENTQL_SCHEMAS: "",
  };
  const started: { kill(): Promise<void> }[] = [];
  const log = new CounterLog(eventLog, codec, topic);
  const kept = <T extends { kill(): Promise<void> }>(one: T): T => {
    started.push(one);
    return one;
  };
  return {
    catalog,
    commands,
    log,
    start: (roles) =>
      kept(new EventqlProcess(["start", "--config", config, "--stack", "real", "--roles", roles, "--port", "0"], env)),
    async startProxied(proxyPort) {
      const { PATH = "", HOME = "" } = process.env;
      const argument = JSON.stringify({ proxyPort, configFile: config });
      const child = spawn(process.execPath, ["--disable-warning=TimeoutNegativeWarning", PROXIED, argument], {
        env: { PATH, HOME, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const kill = async (): Promise<void> => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill("SIGKILL");
        await once(child, "exit");
      };
      kept({ kill });
      await once(child.stdout, "data");
      return { kill };
    },
    async settled() {
      const sent = await log.commands();
      const expected = expectedOf(sent);
      const total = countOf(expected);
      await vi.waitFor(async () => expect(countOf(await log.events())).toBeGreaterThanOrEqual(total), PATIENCE);
      return { sent: new Set(sent.map(({ commandId }) => commandId)), events: await log.events(), expected };
    },
    async dispose() {
      await Promise.all(started.map(async (one) => await one.kill()));
      await commands.close();
      await eventLog.close();
      await readModel.close();
      await registry.close();
      const mongo = await MongoClient.connect(mongoUrl);
      await mongo.db(database).dropDatabase();
      await mongo.close();
      await folder.remove();
    },
  };
}
