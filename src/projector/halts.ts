import { EventQLError } from "../errors.ts";
import type { OffsetRange } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";

/** Why a partition can't go on from its checkpoint, if it can't. `partitions`: how many the topic has now, in the `log`. */
export function reasonToHalt(
  checkpoint: Checkpoint,
  range: OffsetRange,
  { partitions, log }: { readonly partitions: number; readonly log?: string },
): EventQLError | undefined {
  if (isOfOther(checkpoint, log)) return logChanged(checkpoint);
  if (checkpoint.partitions !== partitions) return partitionsChanged(checkpoint, partitions);
  // A checkpoint at 0 has applied nothing: it loses no history by starting where the log now starts.
  if (checkpoint.next > 0 && checkpoint.next < range.low) return historyGone(checkpoint, range);
  if (checkpoint.next > range.high) return logTruncated(checkpoint, range);
  return undefined;
}

/** Whether a checkpoint is a position of another log than the one that is named. */
export function isOfOther(checkpoint: Checkpoint, log: string | undefined): boolean {
  return log !== undefined && checkpoint.log !== undefined && checkpoint.log !== log;
}

/** A position in one log says nothing about another one. */
export function logChanged({ topic, partition, log }: Checkpoint): EventQLError {
  return new EventQLError(
    "LOG_CHANGED",
    `What is projected of ${topic}/${partition} is a position in the Kafka cluster ${log ?? ""}, and this is another one. ` +
      "Where this one is its mirror, stop every process and run eventql migrate once; else point EventQL at the right " +
      "cluster, or at a fresh database.",
    { details: { topic, partition } },
  );
}

function partitionsChanged({ topic, partitions }: Checkpoint, now: number): EventQLError {
  return new EventQLError(
    "PARTITION_MISMATCH",
    `Topic ${topic} had ${partitions} partitions when its projection began and has ${now} now, so that keys may have ` +
      "moved: rebuild the projection from a topic with a fixed count.",
  );
}

function historyGone({ topic, partition, next }: Checkpoint, { low }: OffsetRange): EventQLError {
  return new EventQLError(
    "HISTORY_GONE",
    `Partition ${topic}/${partition} begins at offset ${low}, behind its checkpoint ${next}: events expired before they ` +
      "were projected. Lengthen the topic's retention, and rebuild what depends on them.",
  );
}

/** Events expired that a build needs. */
export function historyExpired(
  { topic, partition }: TopicPartition,
  { next, low }: { readonly next: number; readonly low: number },
): EventQLError {
  return new EventQLError(
    "HISTORY_GONE",
    `Partition ${topic}/${partition} begins at offset ${low}, and a build of its documents is at ${next}: events expired ` +
      "that it needs. Lengthen the topic's retention, or go on with the documents as they are.",
  );
}

function logTruncated({ topic, partition, next }: Checkpoint, { high }: OffsetRange): EventQLError {
  return new EventQLError(
    "HISTORY_GONE",
    `Partition ${topic}/${partition} ends at offset ${high}, before its checkpoint ${next}: the topic was made anew or ` +
      "lost records. Point EventQL at the right cluster, or at a fresh database.",
  );
}

/** More keys wait than the configured number. */
export function tooManyParked({ topic, partition }: TopicPartition, limit: number): EventQLError {
  return new EventQLError(
    "TOO_MANY_PARKED",
    `Partition ${topic}/${partition} would have more than ${limit} parked keys: settle its dead letters before it goes on.`,
  );
}
