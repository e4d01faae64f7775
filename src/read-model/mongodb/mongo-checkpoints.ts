import { type ClientSession, type Collection, type Db, ObjectId } from "mongodb";
import { type Checkpoint, checkpointId } from "../../model/checkpoint.ts";
import type { CheckpointMove } from "../read-model.ts";

/** Where checkpoints are kept. */
export const CHECKPOINTS = "eventql_checkpoints";

/** A checkpoint as it is stored: its fields, under its identifier. */
export interface CheckpointDocument extends Checkpoint {
  readonly _id: string;
  /** Of the newest transaction that only made sure where it stands: what writes nothing conflicts with nobody. */
  readonly held?: ObjectId;
}

/** The collection of checkpoints. */
export function checkpointCollection(db: Db): Collection<CheckpointDocument> {
  return db.collection<CheckpointDocument>(CHECKPOINTS);
}

/** A stored checkpoint's fields without its identifier. */
export function toCheckpoint({ _id, held: _held, ...checkpoint }: CheckpointDocument): Checkpoint {
  return checkpoint;
}

/** Stores the checkpoint if there is none of its identifier; returns the stored one. */
export async function openCheckpoint(
  checkpoints: Collection<CheckpointDocument>,
  checkpoint: Checkpoint,
): Promise<Checkpoint> {
  const stored = await checkpoints.findOneAndUpdate(
    { _id: checkpointId(checkpoint) },
    { $setOnInsert: fieldsOf(checkpoint) },
    { upsert: true, returnDocument: "after" },
  );
  return stored === null ? checkpoint : toCheckpoint(stored);
}

/**
 * Moves a checkpoint within a transaction; `false` if it stands elsewhere or is of a newer generation. It is replaced
 * whole, so that the change stream carries it whole.
 */
export async function moveCheckpoint(
  checkpoints: Collection<CheckpointDocument>,
  { checkpoint, from }: CheckpointMove,
  session: ClientSession,
): Promise<boolean> {
  const filter = { _id: checkpointId(checkpoint), next: from, generation: { $lte: checkpoint.generation } };
  const held = checkpoint.next === from ? { held: new ObjectId() } : {};
  const result = await checkpoints.replaceOne(filter, { ...fieldsOf(checkpoint), ...held }, { session });
  return result.matchedCount === 1;
}

function fieldsOf({ projection, topic, partition, next, generation, partitions, ...rest }: Checkpoint): Checkpoint {
  const { newest, unnamed, log } = rest;
  return {
    projection,
    topic,
    partition,
    next,
    generation,
    partitions,
    ...(newest !== undefined && { newest }),
    ...(unnamed !== undefined && { unnamed }),
    ...(log !== undefined && { log }),
  };
}
