import type { EventQLError } from "../errors.ts";
import type { WaitingForCatalog } from "../catalog/catalog-gate.ts";
import type { TopicPartition } from "../model/position.ts";

/** A build that is made beside the live one, and goes no further. */
export interface HaltedBuild {
  readonly build: string;
  readonly error: EventQLError;
}

/** How far a partition of this process is, and what keeps it. Counts are since it was assigned. */
export interface PartitionStatus extends TopicPartition {
  /** The projection in code that it is a partition of; absent: it is one of a topic's own aggregates. */
  readonly projection?: string;
  /** The offset of the next record to apply. */
  readonly next: number;
  /** Whether it has once been at the log's end. */
  readonly caughtUp: boolean;
  readonly applied: number;
  readonly deadLetters: number;
  readonly parkedKeys: number;
  /** Events that changed nothing, since their document was absent. */
  readonly absent: number;
  /** Events that were meant to create a document that was there. */
  readonly existed: number;
  /** What the next event waits for; it goes on by itself. */
  readonly waitingForCatalog: WaitingForCatalog | undefined;
  /** Why the partition goes no further, until someone acts. */
  readonly halted: EventQLError | undefined;
  /** Builds beside that go no further, and why. Default: none. */
  readonly haltedBuilds?: readonly HaltedBuild[];
}
