import type { LogRecord } from "../model/event.ts";

/** A record of a key, and what is known of the one before it. */
export interface StoredEvent {
  readonly record: LogRecord;
  /** The offset of the event that had changed the document last, undefined where there was none; `unknown`: not kept. */
  readonly previous: number | undefined | "unknown";
}

/** Some of a key's records: the first ones, or the newest ones, of a range of offsets. */
export interface EventRange {
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  readonly limit: number;
  readonly newest: boolean;
}

/** How far back events are kept. */
export interface Reach {
  /** From this offset on no event is missing, but those that expired; infinite: that is not known. */
  readonly since: number;
  /** Whether no event is missing at all, so that there was no document before the first one. */
  readonly complete: boolean;
  /** Events up to this time, in ms, have expired; undefined: none ever does. */
  readonly expiredAt: number | undefined;
}

/** Where the events of one key are read from. */
export interface EventSource {
  readonly reach: Reach;
  /** The records of a range, in order; fewer than `limit` only where there are no more. */
  read(range: EventRange): Promise<readonly StoredEvent[]>;
  /** The newest event before the offset `until` whose timestamp, in ms, is not later than this. */
  newestAt(timestamp: number, until: number): Promise<StoredEvent | undefined>;
}

/** Whether an event is kept no more. */
export function hasExpired({ record }: StoredEvent, { expiredAt }: Reach): boolean {
  return expiredAt !== undefined && record.timestamp <= expiredAt;
}

/** The time, in ms, up to which events have expired by now. */
export function expiredAt(ttlMs: number | undefined): number | undefined {
  return ttlMs === undefined ? undefined : Date.now() - ttlMs;
}
