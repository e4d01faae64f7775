import type { BatchItem } from "./decode-batch.ts";

/** A run of a batch's items that is committed on its own. */
export interface Chunk {
  readonly items: readonly BatchItem[];
  /** The offset that the checkpoint moves to with it. */
  readonly next: number;
}

/** Where most events have a key of their own, transactions of about so many documents are what stores do best at. */
const SPREAD_KEYS = 5_000;

/** Where events share keys, each cut writes the shared ones again: only the length of a transaction bounds it. */
const SHARED_KEYS = 10_000;

/** Where each event is written beside its document, so many of them make a transaction of a second at the most. */
const KEPT_EVENTS = 10_000;

/** Where events lead to others, those of so many are held until they are stored. */
export const WRITING_EVENTS = 30_000;

/**
 * Cuts a batch into transactions by how many keys it has, and whether its events share them; where events are `kept`
 * beside their documents, by how many they are too; `most`: how many may be in one anyway.
 */
export function transactionsOf(
  items: readonly BatchItem[],
  next: number,
  kept = false,
  most: number = kept ? KEPT_EVENTS : Number.POSITIVE_INFINITY,
): readonly Chunk[] {
  if (items.length > most) return smallTransactions(items, next, most);
  const keys = new Set<string | undefined>();
  for (const { key } of items) keys.add(key);
  const maxKeys = items.length < 2 * keys.size ? SPREAD_KEYS : SHARED_KEYS;
  return keys.size <= maxKeys ? [{ items, next }] : chunksByKeys(items, next, maxKeys);
}

function smallTransactions(items: readonly BatchItem[], next: number, most: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < items.length; start += most) {
    const behind = items[start + most]?.record.offset ?? next;
    chunks.push(...transactionsOf(items.slice(start, start + most), behind));
  }
  return chunks;
}

/** Each of a batch's items on its own. */
export function eachAlone(items: readonly BatchItem[], next: number): readonly Chunk[] {
  if (items.length === 0) return [{ items, next }];
  return items.map((item, index) => ({ items: [item], next: items[index + 1]?.record.offset ?? next }));
}

/** Cuts a batch into runs that change at most `maxKeys` keys each. */
export function chunksByKeys(items: readonly BatchItem[], next: number, maxKeys: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let keys = new Set<string>();
  let start = 0;
  for (const [index, { key, record }] of items.entries()) {
    if (key !== undefined && !keys.has(key)) {
      if (keys.size === maxKeys) {
        chunks.push({ items: items.slice(start, index), next: record.offset });
        keys = new Set();
        start = index;
      }
      keys.add(key);
    }
  }
  return [...chunks, { items: items.slice(start), next }];
}
