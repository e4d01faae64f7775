import type { Headers } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";

/** A record whose partition is given. */
export interface PlacedRecord extends TopicPartition {
  readonly key: string | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
  /** Where it must land: else nothing of its commit is kept. Absent: anywhere. */
  readonly offset?: number;
}

/** What an owner writes at once. */
export interface OwnerCommit {
  /** Those of a partition land in their order. There may be none. */
  readonly records: readonly PlacedRecord[];
  /** The input position behind what was decided. */
  readonly next: number;
}

/**
 * How a commit ended. `moved`: a record would not have landed where it must; nothing was written, but the ends of
 * partitions may have moved: read `offsets` again. A commit may itself take offsets beside those of its records (on
 * Kafka a marker behind them in each partition, of what was not committed too).
 */
export type OwnerCommitResult = "committed" | "moved";

/** The one process that may write what follows from a partition of input. */
export interface PartitionOwner {
  /** The input position that the last commit of any owner stored; undefined: there was none. */
  readonly next: number | undefined;

  /**
   * Appends records and stores the input position in one transaction: readers see all of it or nothing. One at a time.
   * @throws EventQLError `OWNER_FENCED` where another owner has taken over: nothing was written, and nothing ever will be
   *   by this one. `EVENT_TOO_LARGE`: nothing was written, and this owner goes on. Any other error: the outcome is
   *   unknown and this owner is at its end; take over anew, and its `next` tells.
   */
  commit(commit: OwnerCommit): Promise<OwnerCommitResult>;

  /** Gives it up, without fencing anybody. Never rejects. */
  release(): Promise<void>;
}

/** What to own. */
export interface TakeOverOptions {
  /** What the owner does; owners of different names don't fence each other. */
  readonly name: string;
  /** The partition of input. */
  readonly input: TopicPartition;
}
