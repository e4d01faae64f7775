import type { BatchItem, DecodedItem, InvalidationItem } from "./decode-batch.ts";

/** A part of a batch that is applied on its own; `next` is the position behind it. */
export type BatchPart =
  | { readonly kind: "events"; readonly items: readonly BatchItem[]; readonly next: number }
  | { readonly kind: "invalidation"; readonly item: InvalidationItem; readonly next: number };

/** Parts a batch where a transaction becomes invalid: what stands before that is committed first. */
export function partsOf(items: readonly DecodedItem[], next: number): readonly BatchPart[] {
  const parts: BatchPart[] = [];
  let events: BatchItem[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind === "invalidation") {
      if (events.length > 0) parts.push({ kind: "events", items: events, next: item.record.offset });
      parts.push({ kind: "invalidation", item, next: items[index + 1]?.record.offset ?? next });
      events = [];
    } else events.push(item);
  }
  return events.length > 0 ? [...parts, { kind: "events", items: events, next }] : parts;
}
