import type { EventQLError } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";

/** How a partition of commands is doing in this process. Counts are since the process began. */
export interface CommandsStatus extends TopicPartition {
  /** Whether this process decides on its commands now. */
  readonly owner: boolean;
  /** The offset of the next command to decide; 0 where this process isn't the owner. */
  readonly next: number;
  /** Whether it has once been at the log's end, as the owner that it is. */
  readonly caughtUp: boolean;
  readonly decided: number;
  readonly rejected: number;
  /** How long the last takeover took, in ms, until its next command could be decided; undefined: there was none. */
  readonly loadMs: number | undefined;
  /** Why nobody decides on it here, until someone acts. */
  readonly halted: EventQLError | undefined;
}
