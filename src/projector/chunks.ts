import type { BatchItem } from "./decode-batch.ts";

/** A run of a batch's items that is committed on its own. */
export interface Chunk {
  readonly items: readonly BatchItem[];
  /** The offset that the checkpoint moves to with it. */
  readonly next: number;
}

/**
 * Cuts a batch so that no transaction changes more than `maxKeys` keys: a batch of many events of few keys stays whole,
 * since folding it costs per key, and one of many keys is stored in transactions of the size that stores do best at.
 */
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
