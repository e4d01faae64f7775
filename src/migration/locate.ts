import type { OffsetRange } from "../event-log/event-log.ts";
import { type Newest, idOf, newestAfter } from "../model/newest-record.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Search } from "./find-ids.ts";

/** A position in the log that was, and what tells where it is in another one. */
export interface Place extends TopicPartition, Newest {
  readonly next: number;
}

/** Where a place is in the new log, or why that isn't known. */
export type Landing =
  | { readonly status: "found"; readonly next: number }
  /** No record before it has an id. */
  | { readonly status: "nameless" }
  /** The record isn't there: not yet, or not any more. */
  | { readonly status: "absent"; readonly id: string }
  /** The record is there; some of those that follow it are not, or are others. */
  | { readonly status: "cut"; readonly id: string };

/** Where a place is, `found` being the last places of ids in its partition. @throws what the log does. */
export async function locate(
  search: Search,
  place: Place,
  range: OffsetRange,
  found: ReadonlyMap<string, number>,
): Promise<Landing> {
  const { newest, unnamed = 0, topic, partition } = place;
  // Nothing was applied of it: it begins where the new log does.
  if (place.next === 0) return { status: "found", next: 0 };
  if (newest === undefined) return { status: "nameless" };
  const offset = found.get(newest);
  if (offset === undefined) return { status: "absent", id: newest };
  const next = await behindNameless(search, { topic, partition }, { low: offset + 1, high: range.high }, unnamed);
  return next === undefined ? { status: "cut", id: newest } : { status: "found", next };
}

/** The position behind so many records without ids; undefined: so many don't follow. */
async function behindNameless(
  { log, idHeader, signal }: Search,
  of: TopicPartition,
  { low, high }: OffsetRange,
  count: number,
): Promise<number | undefined> {
  let next = low;
  let left = count;
  for (let from = low; left > 0 && from < high;) {
    signal.throwIfAborted();
    const part = await log.readRange({ ...of, from, until: high, limit: left });
    for (const record of part.records) {
      if (idOf(record, idHeader) !== undefined) return undefined;
      next = record.offset + 1;
      left -= 1;
    }
    from = part.next;
  }
  return left === 0 ? next : undefined;
}

/** Records before a position that are looked through for one with an id. */
const LOOKED_BACK = 100_000;
const WINDOW = 10_000;

/** What tells of a position in a log that can be read where it is. @throws what the log does. */
export async function nameOf(
  { log, idHeader, signal }: Search,
  { topic, partition, next }: Pick<Place, "topic" | "partition" | "next">,
  low: number,
): Promise<Newest> {
  const end = Math.max(low, next - LOOKED_BACK);
  let unnamed = 0;
  for (let until = next; until > end;) {
    const window = Math.max(end, until - WINDOW);
    let name: Newest = {};
    for (let from = window; from < until;) {
      signal.throwIfAborted();
      const part = await log.readRange({ topic, partition, from, until });
      name = newestAfter(name, part.records, idHeader);
      if (part.complete) break;
      from = part.next;
    }
    unnamed += name.unnamed ?? 0;
    if (name.newest !== undefined) return { newest: name.newest, ...(unnamed > 0 && { unnamed }) };
    until = window;
  }
  return { unnamed };
}
