import type { StreamItem } from "./stream-item.ts";

/** Events that are worked on in one turn, and the position behind them. */
export interface Chunk {
  readonly items: readonly StreamItem[];
  readonly next: number;
}

/** Parts of a batch, so that one is worked on while the one before is written. At least one, which may be empty. */
export function chunksOf(items: readonly StreamItem[], next: number, size: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < items.length; from += size) {
    chunks.push({ items: items.slice(from, from + size), next: items[from + size]?.record.offset ?? next });
  }
  return chunks.length === 0 ? [{ items, next }] : chunks;
}
