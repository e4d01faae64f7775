import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import { abortedAmong } from "./aborted-records.ts";
import type { FetchedMessage, FetchedPartition } from "./fetch-cluster.ts";
import { toRecord } from "./records.ts";

/** What one fetch has brought. */
export interface Fetched {
  /** Neither markers nor aborted records. */
  readonly records: readonly LogRecord[];
  /** The position to go on from. */
  readonly next: number;
  /** The partition's end: its last stable offset. */
  readonly end: number;
  /** The position behind all that was written, of transactions under way too. */
  readonly written: number;
}

/** What was fetched from `from` on. */
export function toFetched(of: TopicPartition, from: number, partition: FetchedPartition): Fetched {
  const { messages, highWatermark, lastStableOffset = highWatermark } = partition;
  const end = Number(lastStableOffset);
  const records = withoutAborted(partition)
    .filter(({ offset }) => Number(offset) >= from)
    .map((message) => toRecord(message, of));
  const last = messages.at(-1);
  // A batch whose records were all compacted away comes without any: only the offset after it is known to be safe.
  const next = last === undefined ? from + 1 : endOfBatch(last);
  return { records, next: Math.max(from, Math.min(next, end)), end, written: Number(highWatermark) };
}

/** A batch's records are fetched together, even where the last ones of it were compacted away. */
function endOfBatch({ offset, batchContext }: FetchedMessage): number {
  if (batchContext === undefined) return Number(offset) + 1;
  return Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1;
}

function withoutAborted(partition: FetchedPartition): readonly FetchedMessage[] {
  const aborted = abortedAmong(partition);
  return partition.messages.filter((message) => message.isControlRecord !== true && !aborted.has(message));
}
