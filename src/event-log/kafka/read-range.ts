import { once } from "node:events";
import pRetry from "p-retry";
import { EventQLError, isEventQLError } from "../../errors.ts";
import type { OffsetRange, RangeRecords, ReadRangeOptions } from "../event-log.ts";
import { noPartition } from "../owner-failures.ts";
import { RANGE_RECORDS } from "../range-limits.ts";
import { protocolErrorOf, unavailable } from "./failures.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { RangePart } from "./range-part.ts";

/** What it is read by. */
export interface RangeSource {
  readonly reader: PartitionReader;
  readonly brokers: readonly string[];
  readonly offsets: (topic: string) => Promise<readonly OffsetRange[]>;
}

const TIMEOUT_MS = 15_000;
/** What the first fetch brings, and the most that later ones do: decoding what nobody wants costs more than asking. */
const FETCH_BYTES = { first: 64 * 1024, most: 1024 * 1024 } as const;
const MAX_WAIT_MS = 100;
const RETRY = { retries: 100, minTimeout: 50, maxTimeout: 500 } as const;

/**
 * Reads a part of a partition, in no consumer group.
 * @throws EventQLError `TOPIC_NOT_FOUND`; `EVENT_LOG_UNAVAILABLE` where nothing of it can be read in time
 */
export async function readRange(options: ReadRangeOptions, source: RangeSource): Promise<RangeRecords> {
  const { topic, partition, from, until, limit = RANGE_RECORDS, timeoutMs = TIMEOUT_MS } = options;
  const ranges = await source.offsets(topic);
  const range = ranges[partition];
  if (range === undefined) throw noPartition(options, ranges.length);
  const end = Math.min(until ?? range.high, range.high);
  if (from >= end) return { records: [], next: from, complete: true };
  const part = new RangePart(Math.max(from, range.low), end, limit);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  try {
    await Promise.race([fill(part, options, source, over.signal), once(over.signal, "abort")]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
  const result = part.result();
  if (result.records.length > 0 || !part.wanted) return result;
  const message = `Partition ${partition} of topic "${topic}" could not be read within ${timeoutMs} ms: try again.`;
  throw new EventQLError("EVENT_LOG_UNAVAILABLE", message, { details: { topic } });
}

async function fill(
  part: RangePart,
  options: ReadRangeOptions,
  { reader, brokers }: RangeSource,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (
      let maxBytes: number = FETCH_BYTES.first;
      part.wanted && !signal.aborted;
      maxBytes = Math.min(maxBytes * 4, FETCH_BYTES.most)
    )
      part.add(
        await pRetry(async () => await reader.fetch(options, part.next, { maxBytes, maxWaitMs: MAX_WAIT_MS }), {
          ...RETRY,
          signal,
          shouldRetry: ({ error }) =>
            !isEventQLError(error, "TOPIC_NOT_FOUND") && protocolErrorOf(error) !== "OFFSET_OUT_OF_RANGE",
        }),
      );
  } catch (error) {
    throw isEventQLError(error) ? error : unavailable(brokers, error);
  }
}
