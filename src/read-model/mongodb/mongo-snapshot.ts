import { setTimeout as delay } from "node:timers/promises";
import { type ClientSession, type Db, type FindCursor, type MongoClient, Timestamp } from "mongodb";
import { EventQLError } from "../../errors.ts";
import type { Filter, Snapshot, StoredDocument } from "../read-model.ts";
import { timePosition } from "./change-position.ts";
import { clusterNow } from "./cluster-time.ts";
import { checkpointCollection } from "./mongo-checkpoints.ts";
import { isSnapshotUnavailable, toReadModelError } from "./mongo-error.ts";
import { toDriverForm, toStoredForm } from "./mongo-values.ts";

const BATCH_SIZE = 1_000;

/** How often a snapshot is tried that the server can't give yet, as just after an index was made, and ms between. */
const ATTEMPTS = 20;
const PAUSE_MS = 100;

/** What to take a snapshot of. */
export interface SnapshotOptions {
  readonly client: MongoClient;
  readonly db: Db;
  readonly collection: string;
  readonly filter: Filter;
  /** The snapshot isn't of an earlier cluster time. */
  readonly notBefore: Timestamp | undefined;
  readonly signal: AbortSignal;
}

/** Reads all documents as of one cluster time, in the order of `_id`, at the reader's pace. */
export async function takeMongoSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { client, db, notBefore } = options;
  const { time } = await clusterNow(db);
  const least = notBefore?.greaterThan(time) === true ? notBefore : time;
  await waitFor(client, db, least);
  for (let attempt = 1; ; attempt++) {
    const snapshot = await attemptSnapshot(options, least, attempt === ATTEMPTS);
    if (snapshot !== undefined) return snapshot;
    await delay(PAUSE_MS);
  }
}

/** Resolves when reads of the primary see everything up to that time. */
async function waitFor(client: MongoClient, db: Db, time: Timestamp): Promise<void> {
  const session = client.startSession({ causalConsistency: true });
  try {
    session.advanceOperationTime(time);
    await checkpointCollection(db).findOne({}, { session, projection: { _id: 1 }, readPreference: "primary" });
  } finally {
    await session.endSession();
  }
}

async function attemptSnapshot(
  { client, db, collection, filter, signal }: SnapshotOptions,
  least: Timestamp,
  isLast: boolean,
): Promise<Snapshot | undefined> {
  const session = client.startSession({ snapshot: true });
  const cursor = db.collection(collection).find<StoredDocument>(toDriverForm(filter), {
    session,
    readConcern: "snapshot",
    readPreference: "primary",
    sort: { _id: 1 },
    batchSize: BATCH_SIZE,
  });
  const end = async (): Promise<void> => {
    signal.removeEventListener("abort", onAbort);
    await cursor.close().catch(() => {});
    await session.endSession();
  };
  const onAbort = (): void => void end();
  signal.addEventListener("abort", onAbort);
  try {
    await cursor.hasNext();
    // Of a collection that doesn't exist the server tells no time: there was nothing at the least one either.
    const time = timeOf(session) ?? least;
    if (time.greaterThanOrEqual(least))
      return { position: timePosition(time), documents: documentsOf(cursor, signal, end) };
    if (isLast) throw tooOld(collection);
  } catch (error) {
    await end();
    if (isLast || !isSnapshotUnavailable(error)) throw error;
    return undefined;
  }
  await end();
  return undefined;
}

/** The time that the session's first read was of; the driver keeps it, but doesn't declare it. */
function timeOf(session: ClientSession): Timestamp | undefined {
  return "snapshotTime" in session && session.snapshotTime instanceof Timestamp ? session.snapshotTime : undefined;
}

async function* documentsOf(
  cursor: FindCursor<StoredDocument>,
  signal: AbortSignal,
  end: () => Promise<void>,
): AsyncGenerator<StoredDocument, void> {
  try {
    for await (const document of cursor) {
      if (signal.aborted) return;
      yield toStoredForm(document);
    }
  } catch (error) {
    if (!signal.aborted) throw toReadModelError(error);
  } finally {
    await end();
  }
}

function tooOld(collection: string): EventQLError {
  return new EventQLError(
    "READ_MODEL_UNAVAILABLE",
    `MongoDB gives no snapshot of '${collection}' that is new enough: check the replica set's state, and try again.`,
  );
}
