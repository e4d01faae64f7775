import type { BetweenBatches } from "./between-batches.ts";
import type { Beside } from "./builds/beside.ts";
import type { PartitionServices } from "./partition-session.ts";

/** What the owner of a partition works with. */
export interface OwnerServices extends PartitionServices {
  /** What is done between batches. Default: nothing. */
  readonly between?: BetweenBatches;
  /** Other builds, which are made beside. Default: none. */
  readonly beside?: Beside;
  /** Whether the checkpoint is moved to the log's end when that is reached, past what is no event. Default false. */
  readonly marksEnd?: boolean;
  /** How soon, in ms, that of an intermediate topic is moved there otherwise. Default 60,000. */
  readonly marksAfterMs?: number;
}
