import type { Checkpoint } from "../../src/model/checkpoint.ts";
import type { CollectionWrites, Commit, ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { uniqueName } from "../support/real-stack.ts";

/** A checkpoint of a projection of its own, at 0. */
export function newCheckpoint(fields: Partial<Checkpoint> = {}): Checkpoint {
  return {
    projection: uniqueName("projection"),
    topic: "appuser",
    partition: 0,
    next: 0,
    generation: 1,
    partitions: 4,
    ...fields,
  };
}

/** Writes to one collection, of the kinds that are named. */
export function writesTo(collection: string, writes: Partial<CollectionWrites>): CollectionWrites {
  return { collection, inserts: [], replacements: [], deletions: [], ...writes };
}

/** The commit that moves a checkpoint by one. */
export function nextCommit(checkpoint: Checkpoint, ...writes: readonly CollectionWrites[]): Commit {
  return { checkpoint: { ...checkpoint, next: checkpoint.next + 1 }, from: checkpoint.next, writes };
}

/** A collection of its own with the documents in it. */
export async function collectionOf(model: ReadModel, documents: readonly StoredDocument[]): Promise<string> {
  const collection = uniqueName("documents");
  await model.ensureCollections([{ name: collection }]);
  const checkpoint = await model.openCheckpoint(newCheckpoint());
  const { status } = await model.commit(nextCommit(checkpoint, writesTo(collection, { inserts: documents })));
  if (status !== "committed") throw new TypeError(`the documents weren't written: ${status}`);
  return collection;
}

/** All documents of a collection, by key. */
export async function documentsOf(model: ReadModel, collection: string): Promise<readonly StoredDocument[]> {
  return model.find(collection, { filter: {}, sort: { _id: 1 } });
}

/** Where the checkpoint stands. */
export async function positionOf(model: ReadModel, { projection }: Checkpoint): Promise<number | undefined> {
  const [checkpoint] = await model.checkpoints(projection);
  return checkpoint?.next;
}
