import type { TopicPartition } from "./position.ts";

/** The projection that keeps the documents of topics, as their schemas have it. */
export const AGGREGATES = "aggregates";

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
  /** The id of the newest record that was applied and had one in its header: what a mirror of the log is told by. */
  readonly newest?: string;
}

/** The identifier of a checkpoint: `projection/topic/partition`. */
export function checkpointId(of: Pick<Checkpoint, "projection" | "topic" | "partition">): string {
  return `${of.projection}/${of.topic}/${of.partition}`;
}
