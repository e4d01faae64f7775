import type { RangeRecords, ReadRangeOptions } from "../event-log.ts";
import { RANGE_BYTES, RANGE_RECORDS } from "../range-limits.ts";
import type { LogFile, StoredTopic } from "./log-file.ts";

/** Reads a part of a partition of a file. */
export function readStoredRange(
  file: LogFile,
  topic: StoredTopic,
  { partition, from, until, limit = RANGE_RECORDS }: ReadRangeOptions,
): RangeRecords {
  const { high } = file.range(topic, partition);
  const end = Math.min(until ?? high, high);
  if (from >= end) return { records: [], next: from, complete: true };
  const read = file.read(topic, partition, from, limit, RANGE_BYTES);
  const records = read.filter(({ offset }) => offset < end);
  const last = read.at(-1);
  const next = last === undefined ? end : Math.min(last.offset + 1, end);
  return { records, next, complete: next >= end };
}
