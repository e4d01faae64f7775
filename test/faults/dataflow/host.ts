import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { startGateway } from "../../../src/compose.ts";
import { loadConfig } from "../../../src/config.ts";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { type RunningGateway, runGateway } from "../../../src/runtime/gateway.ts";
import { openConfluentRegistry } from "../../../src/schema-registry/confluent/confluent-registry.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { createLogger } from "../../../src/telemetry/pino-logger.ts";
import { noTracer } from "../../../src/telemetry/tracing.ts";

/**
 * A process that runs what a configuration lists, and is missed soon when it dies: brokers wait for a sign of life of it for
 * a second, not for ten. It begins when it is told to, says `ready`, and runs until it is killed.
 */
flushCompileCache();
await once(process.stdin, "data");
const flags = Object.fromEntries(process.argv.slice(2).map((flag) => flag.split("=", 2)));
const config = await loadConfig({ flags, env: process.env, cwd: process.cwd() });
const logger = createLogger({ level: "info", format: "json" });
const telemetry = { metrics: noMetrics, tracer: noTracer };

async function start(): Promise<RunningGateway> {
  if (config.stack === "embedded") return await startGateway(config, logger, telemetry);
  const { brokers, clientId } = config.kafka;
  const group = { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 2_000 };
  const log = createKafkaEventLog({ brokers, clientId, logger, group });
  const registry = openConfluentRegistry({ url: config.registry.url, logger });
  const readModel = openMongoReadModel({ ...config.mongodb, logger });
  return await runGateway({ log, registry, readModel }, config, logger, telemetry);
}

const gateway = await start();
await gateway.ready;
process.stdout.write("ready\n");
process.once("SIGTERM", () => {
  gateway.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
