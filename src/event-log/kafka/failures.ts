import kafkajs from "kafkajs";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";

/** The name of the protocol error behind a failure (`UNKNOWN_TOPIC_OR_PARTITION`), if there is one. */
export function protocolErrorOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof kafkajs.KafkaJSProtocolError) return cause.type;
  return undefined;
}

/** Whether a transactional producer was refused because there is a newer one of its transactional id. */
export function isFenced(error: unknown): boolean {
  if (isEventQLError(error)) return error.code === "OWNER_FENCED";
  const type = protocolErrorOf(error);
  // kafkajs does not know PRODUCER_FENCED, by its name: 90.
  return type === "INVALID_PRODUCER_EPOCH" || type === "PRODUCER_FENCED" || /error code 90\b/.test(messageOf(error));
}

/** The error for a topic that doesn't exist. */
export function topicNotFound(topic: string): EventQLError {
  return new EventQLError(
    "TOPIC_NOT_FOUND",
    `Topic "${topic}" does not exist in Kafka: create it, or let EventQL do so with --create-topics.`,
    { details: { topic } },
  );
}

/** The error for a log that can't be reached or does not answer. */
export function unavailable(brokers: readonly string[], cause: unknown): EventQLError {
  const where = brokers.join(", ");
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `Kafka at ${where} can't be used now: ${messageOf(cause)}. Check that the brokers run and that KAFKA_BROKERS names them.`,
    { cause, details: { brokers: where } },
  );
}

/** The error for calls after the log was closed. */
export function closed(): EventQLError {
  return new EventQLError("EVENT_LOG_UNAVAILABLE", "The event log is closed.");
}

/** Why the broker refused to make topics, if that is what happened: kafkajs collects it in a list of errors. */
export function refusalsOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return undefined;
  return error.errors.map((one: unknown) => messageOf(one)).join("; ");
}
