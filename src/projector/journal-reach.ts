import { type TopicPartition, partitionId } from "../model/position.ts";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";

/** The collection of how far the journals reach, by collection and partition. */
export const JOURNALS = "eventql_journals";

/** Which offsets of a partition a journal has without a gap: from `since`, up to and without `next`. */
export interface JournalReach {
  readonly since: number;
  readonly next: number;
}

/** The identifier of the reach of a collection's journal in a partition. */
function reachId(collection: string, of: TopicPartition): string {
  return `${collection}/${partitionId(of)}`;
}

/** Reads how far the journals of collections reach in a partition, by collection. */
export async function readReaches(
  readModel: Pick<ReadModel, "find">,
  collections: readonly string[],
  of: TopicPartition,
): Promise<ReadonlyMap<string, JournalReach>> {
  if (collections.length === 0) return new Map();
  const ids = collections.map((collection) => reachId(collection, of));
  const stored = await readModel.find(JOURNALS, { filter: { _id: { $in: ids } }, limit: ids.length });
  const byId = new Map(stored.map((document) => [document._id, reachOf(document)]));
  return new Map(
    collections.flatMap((collection) => {
      const reach = byId.get(reachId(collection, of));
      return reach === undefined ? [] : [[collection, reach] as const];
    }),
  );
}

/** The stored form of a reach. */
export function storedReach(collection: string, of: TopicPartition, { since, next }: JournalReach): StoredDocument {
  return { _id: reachId(collection, of), collection, topic: of.topic, partition: of.partition, since, next };
}

function reachOf({ since, next }: StoredDocument): JournalReach | undefined {
  return typeof since === "number" && typeof next === "number" ? { since, next } : undefined;
}
