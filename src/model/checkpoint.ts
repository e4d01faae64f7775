import type { TopicPartition } from "./position.ts";

/** How far a projection has applied a partition. */
export interface Checkpoint extends TopicPartition {
  /** The projection's name. */
  readonly projection: string;
  /** The offset of the next record to apply. */
  readonly next: number;
  /** The newest catalog that wrote here: a projector with an older one can't commit. */
  readonly generation: number;
  /** How many partitions the topic had when the projection began. */
  readonly partitions: number;
}

/** The identifier of a checkpoint: `projection/topic/partition`. */
export function checkpointId(of: Pick<Checkpoint, "projection" | "topic" | "partition">): string {
  return `${of.projection}/${of.topic}/${of.partition}`;
}
