import type { ChangeStream, ChangeStreamDocument, ClientSession, Db, MongoClient, Timestamp } from "mongodb";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { type CheckpointDocument, checkpointCollection, toCheckpoint } from "./mongo-checkpoints.ts";

/** A change stream with the state of the checkpoints that it begins with. */
export interface CheckpointChanges {
  /** Where all checkpoints stood at a time from which on the stream misses nothing. */
  readonly checkpoints: readonly Checkpoint[];
  readonly stream: ChangeStream<CheckpointDocument, ChangeStreamDocument<CheckpointDocument>>;
  readonly time: Timestamp | undefined;
}

/** A checkpoint's new state, and when it was committed. */
export interface CheckpointChange {
  readonly checkpoint: Checkpoint;
  readonly time: Timestamp | undefined;
}

/** Opens a change stream, then reads all checkpoints as they stood when it began, or later. */
export async function openCheckpointChanges(client: MongoClient, db: Db): Promise<CheckpointChanges> {
  const session = client.startSession({ causalConsistency: true });
  try {
    await db.command({ ping: 1 }, { session });
    const stream = watch(db, session);
    const checkpoints = await checkpointCollection(db)
      .find({}, { session, readConcern: "majority" })
      .map(toCheckpoint)
      .toArray()
      .catch(async (error: unknown) => {
        await stream.close();
        throw error;
      });
    return { checkpoints, stream, time: session.operationTime };
  } finally {
    await session.endSession();
  }
}

/** The moves that the stream tells, until it is closed or breaks. */
export async function* changesOf({ stream }: CheckpointChanges): AsyncGenerator<CheckpointChange> {
  for await (const change of stream)
    if ("fullDocument" in change && change.fullDocument !== undefined)
      yield { checkpoint: toCheckpoint(change.fullDocument), time: change.clusterTime };
}

function watch(db: Db, session: ClientSession): CheckpointChanges["stream"] {
  const time = session.operationTime;
  return checkpointCollection(db).watch([], time === undefined ? {} : { startAtOperationTime: time });
}
