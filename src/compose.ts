import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { lockDataFolder } from "./data-lock.ts";
import { openEmbeddedEventLog } from "./event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "./event-log/event-log.ts";
import { createKafkaEventLog } from "./event-log/kafka/kafka-event-log.ts";
import { openEmbeddedReadModel } from "./read-model/embedded/embedded-read-model.ts";
import { openMongoReadModel } from "./read-model/mongodb/mongo-read-model.ts";
import { type GatewayTelemetry, type RunningGateway, runGateway } from "./runtime/gateway.ts";
import type { Ports } from "./runtime/prepare.ts";
import { openConfluentRegistry } from "./schema-registry/confluent/confluent-registry.ts";
import { openEmbeddedRegistry } from "./schema-registry/embedded/embedded-registry.ts";
import type { SchemaRegistry } from "./schema-registry/schema-registry.ts";
import type { Logger } from "./telemetry/logger.ts";

/** The adapters of a stack. */
export interface Stack extends Ports {
  /** Ends appends and commits under way, then disconnects. */
  close(): Promise<void>;
}

/** The one file of the embedded stack, in its data folder. */
const EMBEDDED_FILE = "eventql.db";

/** Opens the back-ends that the configuration names; none of them needs to be there yet. */
export async function openStack(config: Config, logger: Logger): Promise<Stack> {
  const ports = config.stack === "embedded" ? await openEmbedded(config, logger) : openReal(config, logger);
  return {
    ...ports,
    async close() {
      await ports.log.close();
      await ports.readModel.close();
      await ports.registry.close();
    },
  };
}

/** Opens a registry alone, by its URL. */
export function openRegistry(url: string, logger: Logger): SchemaRegistry {
  return openConfluentRegistry({ url, logger });
}

/** Opens an event log alone: another Kafka cluster than the one of the stack. */
export function openEventLog(
  { brokers, clientId, ssl, sasl }: Pick<Config["kafka"], "brokers" | "clientId" | "ssl" | "sasl">,
  logger: Logger,
): EventLog {
  const security = { ...(ssl === undefined ? {} : { ssl }), ...(sasl === undefined ? {} : { sasl }) };
  return createKafkaEventLog({ brokers, clientId, ...security, logger });
}

async function openEmbedded({ data }: Config, logger: Logger): Promise<Ports> {
  await mkdir(data, { recursive: true });
  const file = join(data, EMBEDDED_FILE);
  return {
    log: openEmbeddedEventLog({ file, logger }),
    registry: openEmbeddedRegistry({ file }),
    readModel: openEmbeddedReadModel({ file, logger }),
  };
}

function openReal({ kafka, registry, mongodb }: Config, logger: Logger): Ports {
  return {
    log: openEventLog(kafka, logger),
    registry: openConfluentRegistry({ url: registry.url, logger }),
    readModel: openMongoReadModel({ ...mongodb, logger }),
  };
}

/**
 * Starts everything that the configuration asks this process to do. The server listens when this resolves; `ready`
 * tells when there is something to serve.
 * @throws EventQLError `DATA_LOCKED`, `BIND_REFUSED`, `CONFIG_INVALID`.
 */
export async function startGateway(
  config: Config,
  logger: Logger,
  telemetry: GatewayTelemetry,
): Promise<RunningGateway> {
  const lock = config.stack === "embedded" ? await lockDataFolder(config.data) : undefined;
  try {
    const stack = await openStack(config, logger);
    const gateway = await runGateway(stack, config, logger, telemetry);
    return {
      ...gateway,
      async stop() {
        await gateway.stop();
        await stack.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
