import type { EventLog } from "../../event-log/event-log.ts";
import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";

/** Records read at once: few enough to be held, and many enough for a log where each reading takes a while to begin. */
const CHUNK = 100_000;

/** A part of a partition. */
export interface Range extends TopicPartition {
  readonly from: number;
  readonly until: number;
}

/** Reads a range of a partition, part by part. @throws what the log does, and when it is aborted. */
export async function* readLog(
  log: Pick<EventLog, "readRange">,
  { from, ...range }: Range,
  signal: AbortSignal,
  limit: number = CHUNK,
): AsyncIterable<readonly LogRecord[]> {
  for (let next = from; next < range.until;) {
    signal.throwIfAborted();
    const part = await log.readRange({ ...range, from: next, limit });
    if (part.records.length > 0) yield part.records;
    if (part.complete) return;
    next = part.next;
  }
}
