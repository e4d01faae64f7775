import type { FetchedMessage, FetchedPartition } from "./fetch-cluster.ts";

const ABORT = 0;

/**
 * The records of aborted transactions among those that were fetched of a partition. Several producers' transactions may
 * overlap there: Kafka names the aborted ones in the order of their ends, and some of them may have begun before the fetch.
 */
export function abortedAmong({ messages, abortedTransactions }: FetchedPartition): ReadonlySet<FetchedMessage> {
  const coming = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .sort((a, b) => a.first - b.first);
  const aborted = new Set<FetchedMessage>();
  if (coming.length === 0) return aborted;
  const aborting = new Set<string>();
  for (const message of messages) {
    const { offset, batchContext, isControlRecord = false, key } = message;
    for (let next = coming[0]; next !== undefined && next.first <= Number(offset); next = coming[0]) {
      aborting.add(next.producerId);
      coming.shift();
    }
    const producerId = batchContext?.producerId ?? "";
    if (isControlRecord && markerOf(key) === ABORT) aborting.delete(producerId);
    if (!isControlRecord && batchContext?.inTransaction === true && aborting.has(producerId)) aborted.add(message);
  }
  return aborted;
}

/** A marker's key: its version and its kind, two bytes each. */
function markerOf(key: Buffer | null): number | undefined {
  return key !== null && key.length >= 4 ? key.readInt16BE(2) : undefined;
}
