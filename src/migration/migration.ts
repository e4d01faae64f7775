import type { EventLog } from "../event-log/event-log.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Search } from "./find-ids.ts";
import type { Inventory } from "./plan.ts";

/** What of a log moving needs. */
export type MigratedLog = Pick<EventLog, "describeTopics" | "offsets" | "readRange" | "committed" | "takeOver">;

/** The logs, and what has positions in them. */
export interface Migration {
  /** The one to go on with. */
  readonly log: MigratedLog;
  /** The one that was; undefined: it can't be asked any more. */
  readonly old: MigratedLog | undefined;
  readonly readModel: Pick<ReadModel, "checkpoints" | "openCheckpoint" | "find" | "commit">;
  readonly inventory: Inventory;
  /** The header that holds an event's id. */
  readonly idHeader: string;
  /** Whether the new log has the same offsets: then no ids are needed. */
  readonly sameOffsets: boolean;
  /** Whether journals, and what became invalid, are given up where offsets get lower. */
  readonly dropsHistory: boolean;
  readonly signal: AbortSignal;
  /** Told of how many offsets more of the new log were looked through. */
  readonly onLooked?: (offsets: number) => void;
}

/** A search in the new log. */
export function inNewLog({ log, idHeader, signal, onLooked }: Migration): Search {
  return { log, idHeader, signal, ...(onLooked && { onLooked }) };
}
