import { startOwnServers } from "../test/support/real-stack-servers.ts";

/** Addresses of the real servers that a bench runs on. */
export interface Servers {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly mongoUrl: string;
}

/** Runs on the servers that the environment names, else on servers of its own, which end with it. */
export async function withServers<T>(
  progress: (line: string) => void,
  run: (servers: Servers) => Promise<T>,
): Promise<T> {
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl, MONGODB_URL: mongoUrl } = process.env;
  if (brokers !== undefined && registryUrl !== undefined && mongoUrl !== undefined) {
    return await run({ brokers, registryUrl, mongoUrl });
  }
  const { stack, stop } = await startOwnServers(progress);
  try {
    return await run(stack);
  } finally {
    await stop();
  }
}
