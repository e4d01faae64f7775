import { EventQLError, messageOf } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";
import type { TakeOverOptions } from "./event-log.ts";

/** The error for an owner whose partition another one has taken over. */
export function fenced({ name, input }: TakeOverOptions, cause?: unknown): EventQLError {
  return new EventQLError(
    "OWNER_FENCED",
    `Another process has taken partition ${input.partition} of topic "${input.topic}" over as "${name}": nothing was written, and this process writes nothing for it any more.`,
    { cause, details: { name, ...input } },
  );
}

/** The error for an owner that is at its end. */
export function ended({ name, input }: TakeOverOptions, why: unknown): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `This process can't write as "${name}" for partition ${input.partition} of topic "${input.topic}" any more: ${messageOf(why)}. Take it over anew, and read from there how far it has got.`,
    { cause: why, details: { name, ...input } },
  );
}

/** The error for a partition that its topic does not have. */
export function noPartition({ topic, partition }: TopicPartition, partitions: number): EventQLError {
  return new EventQLError(
    "TOPIC_NOT_FOUND",
    `Topic "${topic}" has no partition ${partition}: it has ${partitions}, counted from 0.`,
    { details: { topic, partition, partitions } },
  );
}
