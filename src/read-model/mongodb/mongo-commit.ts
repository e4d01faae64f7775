import { setTimeout as delay } from "node:timers/promises";
import type { ClientSession, Collection, Db, MongoClient } from "mongodb";
import { EventQLError, messageOf } from "../../errors.ts";
import { checkpointId } from "../../model/checkpoint.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { CollectionWrites, Commit, CommitResult, StoredDocument } from "../read-model.ts";
import { endAbandonedTransactions } from "./abandoned-transactions.ts";
import { checkpointCollection, moveCheckpoint } from "./mongo-checkpoints.ts";
import {
  isDuplicateKey,
  isNetworkError,
  isTransient,
  isUnknownCommit,
  toReadModelError,
  tooLarge,
} from "./mongo-error.ts";
import { toDriverForm } from "./mongo-values.ts";

/** How often a transaction is tried whose failure the server calls transient, and a commit of unknown outcome. */
const TRANSACTION_ATTEMPTS = 8;
const COMMIT_ATTEMPTS = 3;

/** After which attempt transactions of processes that are gone are looked for. */
const ABANDONED_ATTEMPT = 4;

/** ms: the first pause between attempts, which doubles; and how long a commit goes on with new attempts. */
const FIRST_PAUSE_MS = 5;
const PATIENCE_MS = 15_000;

/** ms of a transaction beyond which its transient failure is taken for one of its size. */
const LONG_TRANSACTION_MS = 5_000;

/** Keys in one delete command: its filter must fit into 16 MiB. */
const DELETE_CHUNK = 10_000;

/**
 * Applies a batch in one transaction. The driver's own `withTransaction` isn't used: it goes on for two minutes, and
 * hides whether the outcome is unknown.
 */
export async function commitBatch(client: MongoClient, db: Db, commit: Commit, logger: Logger): Promise<CommitResult> {
  const session = client.startSession();
  const clearTheWay = async (): Promise<void> => await endAbandoned(client, db, logger);
  try {
    return await attemptTransactions(session, db, commit, clearTheWay);
  } finally {
    await session.endSession();
  }
}

async function attemptTransactions(
  session: ClientSession,
  db: Db,
  commit: Commit,
  clearTheWay: () => Promise<void>,
): Promise<CommitResult> {
  const begun = performance.now();
  for (let attempt = 1; ; attempt++) {
    const attemptBegun = performance.now();
    try {
      return await runTransaction(session, db, commit);
    } catch (error) {
      if (!isTransient(error)) throw toReadModelError(error);
      const now = performance.now();
      if (now - attemptBegun > LONG_TRANSACTION_MS && !isNetworkError(error)) throw tooLarge(error);
      // What is in the way for so long may have been left by a process that is gone.
      if (attempt === ABANDONED_ATTEMPT) await clearTheWay();
      if (attempt === TRANSACTION_ATTEMPTS || now - begun > PATIENCE_MS) throw toReadModelError(error);
    }
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
  }
}

/** Where that may not be done, the server ends them after its minute. */
async function endAbandoned(client: MongoClient, { databaseName: database }: Db, logger: Logger): Promise<void> {
  try {
    const ended = await endAbandonedTransactions(client, database);
    if (ended > 0) logger.info({ database, ended }, "Transactions of a process that is gone were ended.");
  } catch (error) {
    logger.warn({ database, error: messageOf(error) }, "Transactions of a process that is gone can't be ended.");
  }
}

async function runTransaction(session: ClientSession, db: Db, commit: Commit): Promise<CommitResult> {
  session.startTransaction({ readConcern: "local", writeConcern: { w: "majority", journal: true } });
  const status = await writeBatch(session, db, commit).catch(async (error: unknown) => {
    await session.abortTransaction();
    throw error;
  });
  if (status === "committed") await commitTransaction(session, commit);
  else await session.abortTransaction();
  return { status };
}

async function writeBatch(session: ClientSession, db: Db, commit: Commit): Promise<CommitResult["status"]> {
  const checkpoints = checkpointCollection(db);
  for (const move of [commit, ...(commit.also ?? [])])
    if (!(await moveCheckpoint(checkpoints, move, session))) return "fenced";
  for (const writes of commit.writes)
    if (!(await writeCollection(session, db.collection<StoredDocument>(writes.collection), writes))) return "conflict";
  return "committed";
}

/** Whether every inserted document was new and every replaced one was there. */
async function writeCollection(
  session: ClientSession,
  collection: Collection<StoredDocument>,
  { inserts, replacements, deletions }: CollectionWrites,
): Promise<boolean> {
  if (inserts.length > 0 && !(await insertNew(session, collection, inserts))) return false;
  if (replacements.length > 0) {
    const operations = replacements.map((replacement) => ({
      replaceOne: { filter: { _id: replacement._id }, replacement: toDriverForm(replacement) },
    }));
    const { matchedCount } = await collection.bulkWrite(operations, { session });
    if (matchedCount !== replacements.length) return false;
  }
  for (let i = 0; i < deletions.length; i += DELETE_CHUNK)
    await collection.deleteMany({ _id: { $in: deletions.slice(i, i + DELETE_CHUNK) } }, { session });
  return true;
}

async function insertNew(
  session: ClientSession,
  collection: Collection<StoredDocument>,
  documents: readonly StoredDocument[],
): Promise<boolean> {
  try {
    await collection.insertMany(
      documents.map((document) => toDriverForm(document)),
      { session },
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** A repeated commit is harmless: the server knows the transaction by its number. */
async function commitTransaction(session: ClientSession, commit: Commit): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      // A definite answer counts only for the first attempt: an earlier one may have taken effect.
      if (attempt === 1 && !isUnknownCommit(error)) throw error;
      if (attempt === COMMIT_ATTEMPTS || !isUnknownCommit(error)) throw unknownOutcome(commit, error);
    }
  }
}

function unknownOutcome({ checkpoint }: Commit, cause: unknown): EventQLError {
  return new EventQLError(
    "COMMIT_UNKNOWN",
    `Whether '${checkpointId(checkpoint)}' moved to ${checkpoint.next} is unknown (${messageOf(cause)}): read the checkpoint.`,
    { cause },
  );
}
