import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
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
}

const ABORT = 0;

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
  return { records, next: Math.max(from, Math.min(next, end)), end };
}

/** A batch's records are fetched together, even where the last ones of it were compacted away. */
function endOfBatch({ offset, batchContext }: FetchedMessage): number {
  if (batchContext === undefined) return Number(offset) + 1;
  return Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1;
}

/** kafkajs' own filter takes the aborted transactions to be in the order of their beginnings; Kafka's is of their ends. */
function withoutAborted({ messages, abortedTransactions }: FetchedPartition): FetchedMessage[] {
  const coming = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .sort((a, b) => a.first - b.first);
  const aborting = new Set<string>();
  return messages.filter(({ offset, batchContext, isControlRecord = false, key }) => {
    for (let next = coming[0]; next !== undefined && next.first <= Number(offset); next = coming[0]) {
      aborting.add(next.producerId);
      coming.shift();
    }
    const producerId = batchContext?.producerId ?? "";
    if (isControlRecord && markerOf(key) === ABORT) aborting.delete(producerId);
    return !isControlRecord && !(batchContext?.inTransaction === true && aborting.has(producerId));
  });
}

/** A marker's key: its version and its kind, two bytes each. */
function markerOf(key: Buffer | null): number | undefined {
  return key !== null && key.length >= 4 ? key.readInt16BE(2) : undefined;
}
