import { join } from "node:path";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { createKafkaEventLog } from "../../../src/event-log/kafka/kafka-event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import type { E2EStack } from "./stack.ts";

/** The event log of a stack, opened beside the gateways that use it. */
export function openLog({ args, env }: E2EStack): EventLog {
  const logger = silentLogger;
  const brokers = env["KAFKA_BROKERS"];
  if (brokers !== undefined) return createKafkaEventLog({ brokers: brokers.split(","), clientId: "beside", logger });
  const data = args[args.indexOf("--data") + 1] ?? "";
  return openEmbeddedEventLog({ file: join(data, "eventql.db"), logger });
}

/** Where each partition of a topic ends. */
export async function endsOf(log: EventLog, topic: string): Promise<readonly number[]> {
  return (await log.offsets(topic)).map(({ high }) => high);
}
