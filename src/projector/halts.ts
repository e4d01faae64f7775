import { EventQLError } from "../errors.ts";
import type { OffsetRange } from "../event-log/event-log.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";

/** Why a partition can't go on from its checkpoint, if it can't. `partitions`: how many the topic has now. */
export function reasonToHalt(checkpoint: Checkpoint, range: OffsetRange, partitions: number): EventQLError | undefined {
  if (checkpoint.partitions !== partitions) return partitionsChanged(checkpoint, partitions);
  // A checkpoint at 0 has applied nothing: it loses no history by starting where the log now starts.
  if (checkpoint.next > 0 && checkpoint.next < range.low) return historyGone(checkpoint, range);
  if (checkpoint.next > range.high) return logTruncated(checkpoint, range);
  return undefined;
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
