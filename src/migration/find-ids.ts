import type { EventLog, OffsetRange } from "../event-log/event-log.ts";
import { idOf } from "../model/newest-record.ts";
import type { TopicPartition } from "../model/position.ts";

/** Offsets that are looked through at once, from the end on backwards. */
const WINDOW = 10_000;

/** What a search needs. */
export interface Search {
  readonly log: Pick<EventLog, "readRange">;
  /** The header that holds a record's id. */
  readonly idHeader: string;
  readonly signal: AbortSignal;
  /** Told of how many offsets more were looked through. */
  readonly onLooked?: (offsets: number) => void;
}

/**
 * Where records with these ids stand in a partition: of several with the same id the last one. It is looked through from its
 * end on backwards until all are found; ids that it doesn't have are absent from the result.
 * @throws what the log does, and when it is aborted.
 */
export async function findIds(
  search: Search,
  of: TopicPartition,
  { low, high }: OffsetRange,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, number>> {
  const wanted = new Set(ids);
  const found = new Map<string, number>();
  for (let until = high; until > low && wanted.size > 0; until = Math.max(low, until - WINDOW)) {
    const from = Math.max(low, until - WINDOW);
    for (const [id, offset] of await lastOf(search, { ...of, from, until }, wanted)) {
      found.set(id, offset);
      wanted.delete(id);
    }
    search.onLooked?.(until - from);
  }
  return found;
}

/** The last places of wanted ids in a window, which is read from its beginning. */
async function lastOf(
  { log, idHeader, signal }: Search,
  window: TopicPartition & { readonly from: number; readonly until: number },
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>();
  for (let from = window.from; ;) {
    signal.throwIfAborted();
    const { records, next, complete } = await log.readRange({ ...window, from });
    for (const record of records) {
      const id = idOf(record, idHeader);
      if (id !== undefined && wanted.has(id)) places.set(id, record.offset);
    }
    if (complete || next >= window.until) return places;
    from = next;
  }
}
