import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The servers of the stack, in the order in which they are printed. */
export const serverNames = ["kafka", "registry", "mongo"] as const;

/** A server of the stack; also its service in `docker-compose.yml` and its folder among the data. */
export type ServerName = (typeof serverNames)[number];

/** A value for each server. */
export type PerServer<T> = Readonly<Record<ServerName, T>>;

/** A TCP port for each server. */
export type Ports = PerServer<number>;

/** Where servers listen: never beyond this machine. */
export const host = "127.0.0.1";

/** The versions that run natively and in containers alike. */
export const versions: PerServer<string> = { kafka: "4.3.1", registry: "2.6.13.Final", mongo: "6.0.5" };

/** What people call the servers. */
export const titles: PerServer<string> = {
  kafka: `Apache Kafka ${versions.kafka}`,
  registry: `Apicurio Registry ${versions.registry}`,
  mongo: `MongoDB ${versions.mongo}`,
};

/** Ports that EventQL's own configuration takes by default. */
export const defaultPorts: Ports = { kafka: 9092, registry: 8081, mongo: 27017 };

/** The option that chooses a server's port. */
export const portOptions: PerServer<string> = {
  kafka: "--kafka-port",
  registry: "--registry-port",
  mongo: "--mongo-port",
};

/** The environment variable that tells EventQL a server's address. */
export const addressVariables: PerServer<string> = {
  kafka: "KAFKA_BROKERS",
  registry: "SCHEMA_REGISTRY_URL",
  mongo: "MONGODB_URL",
};

/** The replica set's name: MongoDB has transactions and change streams on a replica set only. */
export const replicaSet = "rs0";

/** The path of the registry's Confluent-compatible API. */
export const registryPath = "/apis/ccompat/v7";

/** The compatibility that a new subject has: Confluent's default, which isn't Apicurio's. */
export const compatibility = "BACKWARD";

/** The address that EventQL's configuration takes for a server on this port. */
export function addressOf(server: ServerName, port: number): string {
  switch (server) {
    case "kafka":
      return `${host}:${port}`;
    case "registry":
      return `http://${host}:${port}${registryPath}`;
    case "mongo":
      return `mongodb://${host}:${port}/?replicaSet=${replicaSet}`;
  }
}

/** A value for each server, computed from its name. */
export function perServer<T>(of: (server: ServerName) => T): PerServer<T> {
  return { kafka: of("kafka"), registry: of("registry"), mongo: of("mongo") };
}

/** The same, awaited side by side; the first failure is thrown once all have ended. */
export async function eachServer<T>(of: (server: ServerName) => Promise<T>): Promise<PerServer<T>> {
  const running = perServer(of);
  const ended = await Promise.allSettled(Object.values(running));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return { kafka: await running.kafka, registry: await running.registry, mongo: await running.mongo };
}

/** The folder of downloaded servers: `EVENTQL_STACK_CACHE`, else `eventql-stack` in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return resolve(env["EVENTQL_STACK_CACHE"] ?? join(base, "eventql-stack"));
}

/** The folder of the servers' data, logs and process ids: `EVENTQL_STACK_DATA`, else `.stack` in the work tree. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env["EVENTQL_STACK_DATA"] ?? join(import.meta.dirname, "..", ".stack"));
}
