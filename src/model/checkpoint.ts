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
  /** The id, in its header, of the newest applied record that has one: what finds its place in a mirror of the log. */
  readonly newest?: string;
  /** How many records were applied behind that one, none of which has an id; absent: none. */
  readonly unnamed?: number;
  /** Which log `next` is a position of, as its topics' descriptions have it; absent: it was not known. */
  readonly log?: string;
}

/** The identifier of a checkpoint: `projection/topic/partition`. */
export function checkpointId(of: Pick<Checkpoint, "projection" | "topic" | "partition">): string {
  return `${of.projection}/${of.topic}/${of.partition}`;
}
