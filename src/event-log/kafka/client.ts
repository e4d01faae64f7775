import { Kafka, type LogEntry, logLevel, type RetryOptions } from "kafkajs";
import type { Logger } from "../../telemetry/logger.ts";
import type { KafkaEventLogOptions } from "./options.ts";
import { useOwnRecords } from "./own-records.ts";

/** What differs between the clients for appending, consuming and administration. */
export interface ClientTuning {
  /** After how long an unanswered request counts as failed, in ms. */
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
}

/** A kafkajs client whose log goes into ours. */
export function createClient(options: KafkaEventLogOptions, tuning: ClientTuning): Kafka {
  const { brokers, clientId, ssl, sasl, socketFactory } = options;
  const log = options.logger.child({ component: "kafkajs" });
  useOwnRecords();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    requestTimeout: tuning.requestTimeoutMs,
    retry: tuning.retry,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => route(entry, log),
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl }),
    ...(socketFactory !== undefined && { socketFactory }),
  });
}

/** Disconnects a client of kafkajs. Never rejects. */
export async function disconnect(client: { disconnect(): Promise<void> }): Promise<void> {
  try {
    await client.disconnect();
  } catch {
    // It never was connected, or its connections are gone already.
  }
}

/**
 * kafkajs logs each attempt that it is going to repeat as an error. What fails for good is thrown or ends in a crash
 * event, and is logged where that is handled; so its own lines are details.
 */
function route(
  { namespace, log: { message, error, groupId, topic, partition, retryCount } }: LogEntry,
  log: Logger,
): void {
  const details = { namespace, text: message, error: textOf(error), groupId, topic, partition, retryCount };
  log.debug(
    Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)),
    "The Kafka client reports:",
  );
}

function textOf(error: unknown): string | undefined {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : undefined;
}
