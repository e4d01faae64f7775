import type { WaitingForCatalog } from "../catalog/catalog-gate.ts";
import type { EventQLError } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";

/** How far a partition of a stream's input is, in this process. Counts are since it was assigned. */
export interface StreamPartitionStatus extends TopicPartition {
  readonly stream: string;
  /** The offset of the next record to take. */
  readonly next: number;
  /** Whether it has once been at the log's end. */
  readonly caughtUp: boolean;
  readonly taken: number;
  readonly written: number;
  readonly deadLetters: number;
  readonly parkedKeys: number;
  /** What the next event waits for; it goes on by itself. */
  readonly waitingForCatalog: WaitingForCatalog | undefined;
  /** Why the partition goes no further, until someone acts. */
  readonly halted: EventQLError | undefined;
}

/** How a stream is doing in this process. */
export interface StreamStatus {
  readonly stream: string;
  /** Topics that it reads or writes and that are waited for. */
  readonly missing: readonly string[];
  readonly partitions: readonly StreamPartitionStatus[];
  /** Whether it has once been at the log's end in all partitions of this process, or goes no further. */
  readonly caughtUp: boolean;
}
