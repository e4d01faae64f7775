import { type Output, outputBytes } from "../../model/output.ts";
import { type TopicPartition, partitionId } from "../../model/position.ts";
import type { CollectionSpec, Filter, StoredDocument } from "../../read-model/read-model.ts";
import { packOutputs, unpackOutputs } from "./pack-outputs.ts";

/** The collection of outputs that are stored with the states they go with, and aren't known to be published yet. */
export const OUTBOX = "eventql_outbox";

/** The collections of this file, with their indexes. */
export const outboxCollections: readonly CollectionSpec[] = [
  { name: OUTBOX, indexes: [{ projection: 1, topic: 1, partition: 1, next: 1, late: 1, part: 1 }] },
];

/** A partition of a projection that writes outputs. */
export interface OutboxPlace {
  readonly projection: string;
  readonly of: TopicPartition;
}

/**
 * What the checkpoint is called that says how far outputs of a projection are decided: it moves with the batches of the one
 * build that decides them.
 */
export function decidedCheckpoint(projection: string): string {
  return `${projection}#outputs`;
}

/** What the checkpoint is called that says up to where outputs are published, and removed here. */
export function publishedCheckpoint(projection: string): string {
  return `${projection}#published`;
}

/** What the checkpoint is called that counts how often outputs were stored of events that had been set aside. */
export function lateCheckpoint(projection: string): string {
  return `${projection}#late`;
}

/** Outputs that are stored in one transaction, and published in one. */
export interface Chunk {
  /** The ids of its documents. */
  readonly ids: readonly string[];
  /** The position in the input behind the events that they were made from; of late ones, where the input stood then. */
  readonly next: number;
  /** 0: of a batch. Else of events that had been set aside, counted from 1 on. */
  readonly late: number;
  readonly outputs: readonly Output[];
  readonly bytes: number;
}

/** Which outputs, in the order in which they are stored. */
export type ChunkPlace = Pick<Chunk, "next" | "late">;

/** About how many bytes of outputs a document has: MongoDB takes 16 MiB. */
const DOCUMENT_BYTES = 1024 * 1024;

/** A batch's outputs as documents, and as a chunk; undefined: there are none. */
export function chunkOf(
  { projection, of }: OutboxPlace,
  outputs: readonly Output[],
  { next, late }: ChunkPlace,
): { readonly chunk: Chunk; readonly documents: readonly StoredDocument[] } | undefined {
  if (outputs.length === 0) return undefined;
  const { topic, partition } = of;
  let bytes = 0;
  const documents = partsOf(outputs).map((part, index): StoredDocument => {
    bytes += part.bytes;
    const _id = `${projection}/${partitionId(of)}/${next}/${late}/${index}`;
    return { _id, projection, topic, partition, next, late, part: index, outputs: packOutputs(part.outputs) };
  });
  return { chunk: { ids: documents.map(({ _id }) => _id), next, late, outputs, bytes }, documents };
}

interface Part {
  readonly outputs: readonly Output[];
  readonly bytes: number;
}

function partsOf(outputs: readonly Output[]): readonly Part[] {
  const parts: Part[] = [];
  let start = 0;
  let bytes = 0;
  for (const [index, output] of outputs.entries()) {
    const size = outputBytes(output);
    if (bytes + size > DOCUMENT_BYTES && index > start) {
      parts.push({ outputs: outputs.slice(start, index), bytes });
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  return [...parts, { outputs: outputs.slice(start), bytes }];
}

/** Selects the documents of a partition. */
export function ofPlace({ projection, of }: OutboxPlace): Filter {
  return { projection, topic: of.topic, partition: of.partition };
}

/** Selects the documents of batches behind the position `from`, and all late ones, up to `until`. */
export function storedBetween(place: OutboxPlace, from: number, until: ChunkPlace): Filter {
  const batches = { ...ofPlace(place), next: { $gt: from, $lte: until.next }, late: 0 };
  return { $or: [batches, { ...ofPlace(place), next: { $lte: until.next }, late: { $gt: 0, $lte: until.late } }] };
}

/** A document of a chunk, read back. */
export interface StoredPart {
  readonly id: string;
  readonly place: ChunkPlace;
  readonly outputs: readonly Output[];
}

/** Reads a document of {@link chunkOf}; undefined where it is something else. @throws EventQLError `INTERNAL`. */
export function readPart({ _id: id, next, late, outputs }: StoredDocument): StoredPart | undefined {
  if (typeof next !== "number" || typeof late !== "number" || !(outputs instanceof Uint8Array)) return undefined;
  return { id, place: { next, late }, outputs: unpackOutputs(outputs) };
}

/** Puts the parts of chunks together, which come in their order. */
export function chunksOf(parts: readonly StoredPart[]): readonly Chunk[] {
  const byPlace = Map.groupBy(parts, ({ place }) => `${place.next}/${place.late}`);
  return [...byPlace.values()].flatMap((own): readonly Chunk[] => {
    const [first] = own;
    if (first === undefined) return [];
    const outputs = own.flatMap((part) => part.outputs);
    const bytes = outputs.reduce((sum, output) => sum + outputBytes(output), 0);
    return [{ ids: own.map(({ id }) => id), ...first.place, outputs, bytes }];
  });
}
