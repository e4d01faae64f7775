import { connect } from "node:net";
import { z } from "zod";
import { loadConfig } from "../../../src/config.ts";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { runGateway } from "../../../src/runtime/gateway.ts";
import { openConfluentRegistry } from "../../../src/schema-registry/confluent/confluent-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { noMetrics } from "../../../src/telemetry/metrics.ts";
import { noTracer } from "../../../src/telemetry/tracing.ts";

/** A processor whose every connection to the broker goes through a proxy. It says `ready`, and runs until it is killed. */
const { proxyPort, configFile } = z
  .object({ proxyPort: z.number(), configFile: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ""));

const flags = { config: configFile, stack: "real", roles: "processor", port: "0" };
const config = await loadConfig({ flags, env: process.env, cwd: process.cwd() });
const { brokers, clientId } = config.kafka;
const logger = silentLogger;
const log = createKafkaEventLog({
  brokers,
  clientId,
  logger,
  socketFactory: ({ onConnect }) => connect({ host: "127.0.0.1", port: proxyPort }, onConnect),
});
const registry = openConfluentRegistry({ url: config.registry.url, logger });
const readModel = openMongoReadModel({ ...config.mongodb, logger });
const gateway = await runGateway({ log, registry, readModel }, config, logger, {
  metrics: noMetrics,
  tracer: noTracer,
});
await gateway.ready;
process.stdout.write("ready\n");
