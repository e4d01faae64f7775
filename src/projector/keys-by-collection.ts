import type { BatchItem } from "./decode-batch.ts";
import type { TopicProjection } from "./projection.ts";

/** The keys whose documents a batch needs, by collection. */
export function keysByCollection(
  projection: TopicProjection,
  items: readonly BatchItem[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const keys = new Map(projection.collections.map((collection) => [collection, new Set<string>()]));
  for (const item of items) {
    if (item.kind === "event") {
      const collection = projection.targetOf(item.writer)?.collection ?? projection.keptBy(item.writer);
      if (collection !== undefined) keys.get(collection)?.add(item.key);
    } else if (item.kind === "tombstone") {
      for (const set of keys.values()) set.add(item.key);
    }
  }
  return keys;
}
