import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EventQLError } from "../src/errors.ts";
import { copyWithDependencies, type Artifact } from "./maven.ts";
import type { Launch, NativeServer } from "./native-server.ts";
import { canConnect, freePort } from "./ports.ts";
import { host, titles, versions } from "./settings.ts";

const LOG4J = "2.25.3";

const artifacts: readonly Artifact[] = [
  { group: "org.apache.kafka", name: "kafka_2.13", version: versions.kafka },
  { group: "org.apache.kafka", name: "kafka-tools", version: versions.kafka },
  { group: "org.apache.logging.log4j", name: "log4j-slf4j-impl", version: LOG4J },
  { group: "org.apache.logging.log4j", name: "log4j-core", version: LOG4J },
  { group: "org.apache.logging.log4j", name: "log4j-1.2-api", version: LOG4J },
];

/** The id of a cluster in containers: 16 bytes in base64url. */
export const clusterId: string = Buffer.from("eventql-stack-01").toString("base64url");

/** The broker's settings that hold natively and in a container alike. */
export const brokerSettings: Readonly<Record<string, string>> = {
  "process.roles": "broker,controller",
  "node.id": "1",
  "num.partitions": "1",
  "default.replication.factor": "1",
  "min.insync.replicas": "1",
  "offsets.topic.replication.factor": "1",
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "4",
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "500",
  "auto.create.topics.enable": "false",
  "num.network.threads": "2",
  "num.io.threads": "4",
  "log.cleaner.dedupe.buffer.size": "16777216",
  "log.cleaner.backoff.ms": "500",
  "log.initial.task.delay.ms": "1000",
  "log.retention.check.interval.ms": "1000",
};

/** The text of `server.properties`. */
export function serverProperties(data: string, port: number, controllerPort: number): string {
  const settings = {
    ...brokerSettings,
    "controller.quorum.voters": `1@${host}:${controllerPort}`,
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://${host}:${port}`,
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": join(data, "logs"),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

const loggingProperties = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p [%t] %m (%c{1})%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
`;

/** Apache Kafka in KRaft mode: one process is broker and controller. */
export const kafka: NativeServer = {
  name: "kafka",
  download: {
    name: `kafka-${versions.kafka}`,
    what: `${titles.kafka} from Maven Central (about 55 MB)`,
    fill: (folder, scratch) => copyWithDependencies(artifacts, join(folder, "libs"), scratch),
  },
  marker: propertiesFile,
  prepare: async (launch) => {
    await writeFile(join(launch.data, "log4j2.properties"), loggingProperties);
    await writeFile(propertiesFile(launch.data), serverProperties(launch.data, launch.port, await freePort()));
    if (!existsSync(join(launch.data, "logs", "meta.properties"))) await format(launch);
    const heap = ["-Xms256m", "-Xmx768m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:+ExitOnOutOfMemoryError"];
    const main = [...classPath(launch), "kafka.Kafka", propertiesFile(launch.data)];
    return { command: launch.java, args: [...heap, "-Djava.awt.headless=true", ...main] };
  },
  // logged once the broker is registered and its socket is open
  isReady: async (port, log) => readFileSync(log, "utf8").includes("Kafka Server started") && (await canConnect(port)),
  settle: async () => {},
};

async function format(launch: Launch): Promise<void> {
  const tool = [...classPath(launch), "kafka.tools.StorageTool", "format", "--cluster-id", newClusterId()];
  const args = [
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",
    ...tool,
    "--config",
    propertiesFile(launch.data),
    "--ignore-formatted",
  ];
  const { failed, all } = await execa(launch.java, args, { all: true, reject: false, stdin: "ignore" });
  if (failed) throw new EventQLError("STACK_UNAVAILABLE", `Kafka could not format ${launch.data}:\n${all ?? ""}`);
}

/** An id of 16 bytes, which doesn't begin like an option. Whoever starts on the same data has the one that was formatted. */
function newClusterId(): string {
  return Buffer.concat([Buffer.from("eventql-"), randomBytes(8)]).toString("base64url");
}

function classPath({ files, data }: Launch): readonly string[] {
  return [`-Dlog4j2.configurationFile=${join(data, "log4j2.properties")}`, "-cp", join(files, "libs", "*")];
}

function propertiesFile(data: string): string {
  return join(data, "server.properties");
}
