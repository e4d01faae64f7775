import type { Config } from "../../config.ts";
import { maskUrl } from "../../config/masking.ts";
import type { Stack } from "../../compose.ts";
import type { Check } from "./finding.ts";

const START_SERVERS = "Start it, or correct its address: npm run stack -- up starts all three on this machine.";

/** Whether each server answers, and takes what EventQL needs of it. */
export function serverChecks({ log, registry, readModel }: Stack, config: Config): readonly Check[] {
  const isReal = config.stack === "real";
  const { kafka, registry: registryConfig, mongodb } = config;
  const remedy = isReal ? START_SERVERS : `Look at the folder ${config.data}: the file eventql.db in it can't be used.`;
  const servers = [
    { subject: "event log", at: kafka.brokers.join(","), ping: async () => await log.ping() },
    {
      subject: "schema registry",
      at: maskUrl(registryConfig.url),
      ping: async () => await registry.ping(),
    },
    { subject: "read model", at: maskUrl(mongodb.url), ping: async () => await readModel.ping() },
  ];
  return servers.map(({ subject, at, ping }) => ({
    subject: isReal ? `${subject} ${at}` : subject,
    remedy,
    async run() {
      const began = performance.now();
      await ping();
      const took = `answers in ${Math.ceil(performance.now() - began)} ms`;
      return [{ level: "ok", subject: isReal ? `${subject} ${at}` : subject, message: took }];
    },
  }));
}
