import type { Config } from "../../config.ts";
import { maskUrl } from "../../config/masking.ts";
import type { Stack } from "../../compose.ts";
import type { Check } from "./finding.ts";

const START_SERVERS = "To have all three on this machine: npm run stack -- up.";

/** Whether each server answers, and takes what EventQL needs of it. */
export function serverChecks({ log, registry, readModel }: Stack, config: Config): readonly Check[] {
  const isReal = config.stack === "real";
  const { kafka, registry: registryConfig, mongodb } = config;
  const remedy = isReal ? START_SERVERS : `Look at the folder ${config.data}: the file eventql.db in it can't be used.`;
  const servers = [
    { name: "event log", at: kafka.brokers.join(","), server: log },
    { name: "schema registry", at: maskUrl(registryConfig.url), server: registry },
    { name: "read model", at: maskUrl(mongodb.url), server: readModel },
  ];
  return servers.map(({ name, at, server }) => {
    const subject = isReal ? `${name} ${at}` : name;
    return {
      subject,
      remedy,
      async run() {
        const began = performance.now();
        await server.ping();
        return [{ level: "ok", subject, message: `answers in ${Math.ceil(performance.now() - began)} ms` }];
      },
    };
  });
}
