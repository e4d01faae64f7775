import { partitionOf } from "../event-log/partition.ts";
import { metaOf } from "../model/meta.ts";
import type { TopicPartition } from "../model/position.ts";
import { journalOf } from "../projector/journal.ts";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";
import type { HistoryOf } from "./history.ts";

/** Where a key stands in the projection. */
export interface KeyPlace extends TopicPartition {
  /** The offset of the next event of its partition to be applied. */
  readonly next: number;
  /** The same of each partition. */
  readonly positions: readonly number[];
  /** As it was stored when, or after, the partition stood there. */
  readonly document: StoredDocument | undefined;
}

/** Finds a key's place; undefined where nothing of its topic was ever applied. `journaled`: its events are in a journal. */
export async function findPlace(
  readModel: ReadModel,
  { aggregate, id, causal }: HistoryOf,
  journaled: boolean,
): Promise<KeyPlace | undefined> {
  const { topic, collection, projection } = aggregate;
  // First of all: what is read behind it holds everything up to there.
  const checkpoints = await readModel.checkpoints(projection, topic);
  const count = checkpoints[0]?.partitions;
  if (count === undefined) return undefined;
  const [document] = await readModel.find(collection, { filter: { _id: id }, limit: 1, causal });
  const home = metaOf(document?.["_meta"])?.partition;
  const kept = home ?? (journaled ? await lastPartition(readModel, journalOf(collection), id) : undefined);
  const partition = kept ?? partitionOf(Buffer.from(id), count);
  const next = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint.next]));
  const positions = Array.from({ length: count }, (_, index) => next.get(index) ?? 0);
  return { topic, partition, next: positions[partition] ?? 0, positions, document };
}

/** Who wrote the events of a key that is gone may have chosen its partition in another way. */
async function lastPartition(readModel: ReadModel, journal: string, key: string): Promise<number | undefined> {
  const [entry] = await readModel.find(journal, { filter: { key }, limit: 1, fields: ["partition"] });
  const partition = entry?.["partition"];
  return typeof partition === "number" ? partition : undefined;
}

/** The offset of the event that changed a document last; undefined where there is none. */
export function versionOf(document: StoredDocument | undefined): number | undefined {
  return metaOf(document?.["_meta"])?.offset;
}
