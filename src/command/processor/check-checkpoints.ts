import { EventQLError } from "../../errors.ts";
import type { OffsetRange } from "../../event-log/event-log.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { partitionId } from "../../model/position.ts";
import type { OwnedPartition } from "./session.ts";

/**
 * Checks that documents and the log's events beyond them leave nothing out: where the projection has to stop, nothing can
 * be decided either.
 * @throws EventQLError `HISTORY_GONE`, `PARTITION_MISMATCH`.
 */
export function checkCheckpoints(
  checkpoints: readonly Checkpoint[],
  { partitions, writes }: OwnedPartition,
  events: readonly OffsetRange[],
): void {
  for (const checkpoint of checkpoints.filter(({ partition }) => writes.includes(partition))) {
    const { low = 0, high = 0 } = events[checkpoint.partition] ?? {};
    const { next } = checkpoint;
    if (checkpoint.partitions !== partitions)
      throw unsuitable(
        "PARTITION_MISMATCH",
        checkpoint,
        `was made of ${checkpoint.partitions} partitions, now ${partitions}`,
      );
    if (next > 0 && next < low)
      throw unsuitable("HISTORY_GONE", checkpoint, `ends at ${next}, the log begins at ${low}`);
    if (next > high) throw unsuitable("HISTORY_GONE", checkpoint, `ends at ${next}, the log at ${high}`);
  }
}

function unsuitable(code: "HISTORY_GONE" | "PARTITION_MISMATCH", of: Checkpoint, what: string): EventQLError {
  return new EventQLError(
    code,
    `The projection of ${partitionId(of)} ${what}: nobody knows what its documents are, so nothing is decided on them.`,
    { details: { topic: of.topic, partition: of.partition } },
  );
}
