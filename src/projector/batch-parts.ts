import type { BatchItem, DecodedItem, InvalidationItem } from "./decode-batch.ts";

/** A part of a batch that is applied on its own; `next` is the position behind it. */
export type BatchPart =
  | { readonly kind: "events"; readonly items: readonly BatchItem[]; readonly next: number }
  | { readonly kind: "invalidation"; readonly item: InvalidationItem; readonly next: number };

/**
 * Parts a batch where a transaction becomes invalid: what stands before that is committed first. What doesn't stand before
 * `limit` is left for another time.
 */
export function partsOf(items: readonly DecodedItem[], next: number, limit?: number): readonly BatchPart[] {
  if (limit !== undefined && limit < next)
    return partsOf(
      items.filter(({ record }) => record.offset < limit),
      limit,
    );
  const parts: BatchPart[] = [];
  let events: BatchItem[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind === "invalidation") {
      if (events.length > 0) parts.push({ kind: "events", items: events, next: item.record.offset });
      parts.push({ kind: "invalidation", item, next: items[index + 1]?.record.offset ?? next });
      events = [];
    } else events.push(item);
  }
  // Where everything was left out, the position behind it is all there is to commit.
  return events.length > 0 || parts.length === 0 ? [...parts, { kind: "events", items: events, next }] : parts;
}
