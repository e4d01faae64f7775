import type { Checkpoint } from "../../model/checkpoint.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { CheckpointMove, ReadModel } from "../../read-model/read-model.ts";

/** What the checkpoints are stored by that count how often dead letters of a projection's partitions were settled. */
export function settledName(projection: string): string {
  return `${projection}#settled`;
}

/** Who holds a partition, and knows which of its keys are parked. */
export interface SettledHolder {
  readonly projection: { readonly name: string };
  /** How often something was settled before that was read. */
  readonly settled: number;
  readonly parked: { readonly size: number };
}

/** Reads how often something was settled. */
export async function readSettled(
  readModel: Pick<ReadModel, "openCheckpoint">,
  projection: string,
  of: TopicPartition,
): Promise<number> {
  return (await readModel.openCheckpoint(settledCheckpoint(projection, of, 0))).next;
}

/** Counts one more: of two who settle at the same place, or settle and apply, one is fenced off. */
export function countSettled({ projection, settled }: SettledHolder, of: TopicPartition): CheckpointMove {
  return { checkpoint: settledCheckpoint(projection.name, of, settled + 1), from: settled };
}

/**
 * What a commit rests on beside its own checkpoint, which settling doesn't move: that the parked keys are the ones that are
 * known. Where there are none, there was nothing to settle.
 */
export function restingOn(
  { projection, settled, parked }: SettledHolder,
  of: TopicPartition,
): readonly CheckpointMove[] {
  if (parked.size === 0) return [];
  return [{ checkpoint: settledCheckpoint(projection.name, of, settled), from: settled }];
}

function settledCheckpoint(projection: string, { topic, partition }: TopicPartition, next: number): Checkpoint {
  return { projection: settledName(projection), topic, partition, next, generation: 0, partitions: 0 };
}
