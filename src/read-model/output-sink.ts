import type { Output } from "../model/output.ts";
import type { TopicPartition } from "../model/position.ts";
import type { CheckpointMove, CollectionWrites } from "./read-model.ts";

/** A partition of a projection whose rules write events, as one of its builds has it. */
export interface OutputsOf {
  /** The projection, by its own name: builds of it write no events of their own. */
  readonly projection: string;
  readonly of: TopicPartition;
  /** Where the build stands: its next batch begins there. */
  readonly next: number;
  /** Of the catalog that the build is folded by. */
  readonly generation: number;
  /** Of the topic. */
  readonly partitions: number;
  /** Aborted when the partition is given up. */
  readonly signal: AbortSignal;
}

/** What a batch's outputs add to its transaction. */
export interface PlannedOutputs {
  readonly writes: readonly CollectionWrites[];
  /** How far outputs are decided, which moves with the batch; none: they were decided before. */
  readonly also: readonly CheckpointMove[];
  /** The transaction was committed. */
  committed(): void;
}

/** Where the outputs of one partition go, for as long as a session lasts. */
export interface PartitionOutputs {
  /**
   * How far outputs of the partition are decided, whichever build did it: those of events before this position are never
   * written again.
   */
  readonly decided: number;
  /**
   * Resolves when there is room for those of another batch, with the position before which events may be folded now.
   * `from`: where the batch begins. @throws the signal's reason.
   */
  room(from: number): Promise<number>;
  /** What the outputs of the events from `from` on, before `next`, add to their transaction. */
  plan(outputs: readonly Output[], from: number, next: number): PlannedOutputs;
  /** The same of events that were set aside, and are applied between batches: they are behind those of all batches before. */
  planLate(outputs: readonly Output[]): PlannedOutputs;
}

/**
 * Stores the events that rules write in the transaction of their batch, and has them appended to their topics afterwards,
 * each exactly once.
 */
export interface OutputSink {
  /**
   * Begins to take a partition's outputs; called whenever its checkpoint was read anew. What is stored of it and isn't
   * appended yet will be, until the signal.
   * @throws EventQLError `READ_MODEL_UNAVAILABLE`.
   */
  open(of: OutputsOf): Promise<PartitionOutputs>;
}
