import {
  MongoError,
  MongoErrorLabel,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoParseError,
  MongoServerError,
  MongoWriteConcernError,
} from "mongodb";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import { cursorExpired } from "../change-errors.ts";

/** Server error codes. Source: https://www.mongodb.com/docs/manual/reference/error-codes/ */
const DUPLICATE_KEY = 11_000;

/** The transaction is too large, lived too long or fills the cache, or a document is too large. */
const TOO_LARGE = new Set([257, 290, 388, 10_334, 17_419, 17_420]);

/** The server is away, stepping down, shutting down, overloaded, too slow, or refuses this user. */
const UNAVAILABLE = new Set([
  6, 7, 13, 18, 50, 64, 79, 89, 91, 100, 112, 133, 134, 189, 202, 239, 246, 251, 262, 9001, 10_107, 11_600, 11_602,
  13_435, 13_436,
]);

/** A pipeline needs more memory than the server gives one. */
const EXCEEDED_MEMORY = 146;

/** The server's database of time zones has no such name. */
const UNKNOWN_TIME_ZONE = 40_485;

/** A read of a moment that the server can't give yet. */
const SNAPSHOT_UNAVAILABLE = 246;

/** A change stream can't go on: its history is gone, it can't find its place, an event is too large. */
const STREAM_ENDED = new Set([136, 260, 280, 286, 10_334]);

/** Whether an inserted document was there already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && Number(error.code) === DUPLICATE_KEY;
}

/** Whether nothing of the transaction was written and the whole of it may be tried again at once. */
export function isTransient(error: unknown): boolean {
  return error instanceof MongoError && error.hasErrorLabel(MongoErrorLabel.TransientTransactionError);
}

/** Whether a failed commit may have taken effect: so it is unless the server said that it has not. */
export function isUnknownCommit(error: unknown): boolean {
  if (!(error instanceof MongoServerError) || error instanceof MongoWriteConcernError) return true;
  return error.hasErrorLabel(MongoErrorLabel.UnknownTransactionCommitResult);
}

/** Whether the connection broke. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof MongoNetworkError;
}

/** Whether a snapshot can't be given yet, as just after the collection or an index was made. */
export function isSnapshotUnavailable(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === SNAPSHOT_UNAVAILABLE;
}

/** The error of the port for one of a change stream. */
export function toChangeError(error: unknown): EventQLError {
  if (error instanceof MongoServerError && STREAM_ENDED.has(Number(error.code)))
    return cursorExpired(messageOf(error), error);
  return toReadModelError(error);
}

/** The error of the port for one of the driver or the server. Messages name hosts, never credentials. */
export function toReadModelError(error: unknown): EventQLError {
  if (isEventQLError(error)) return error;
  if (isTooLarge(error)) return tooLarge(error);
  if (isUnavailable(error))
    return new EventQLError(
      "READ_MODEL_UNAVAILABLE",
      `MongoDB can't be used (${messageOf(error)}): check that it runs, that MONGODB_URL is right, and its replica set's state.`,
      { cause: error },
    );
  const refused = refusedQuery(error);
  if (refused !== undefined) return refused;
  return new EventQLError("INTERNAL", `MongoDB refused a request: ${messageOf(error)}`, { cause: error });
}

/** The error of a query that whoever asked can mend. */
function refusedQuery(error: unknown): EventQLError | undefined {
  if (!(error instanceof MongoServerError)) return undefined;
  if (Number(error.code) === EXCEEDED_MEMORY)
    return new EventQLError(
      "LIMIT_EXCEEDED",
      "The query needs more memory than MongoDB gives it: ask of fewer documents, or count fewer distinct values.",
      { cause: error },
    );
  if (Number(error.code) !== UNKNOWN_TIME_ZONE) return undefined;
  return new EventQLError(
    "BAD_USER_INPUT",
    'MongoDB doesn\'t know this time zone yet: name another city of the same time, or one by its offset, such as "+02:00".',
    { cause: error },
  );
}

/** The error of a batch that doesn't fit into one transaction. */
export function tooLarge(cause: unknown): EventQLError {
  return new EventQLError(
    "COMMIT_TOO_LARGE",
    `The batch doesn't fit into one MongoDB transaction (${messageOf(cause)}): split it; a document can hold 16 MiB at most.`,
    { cause },
  );
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof MongoServerError) return TOO_LARGE.has(Number(error.code));
  return error instanceof MongoInvalidArgumentError && error.message.startsWith("Document is larger than");
}

function isUnavailable(error: unknown): boolean {
  if (isSystemError(error)) return true;
  if (error instanceof MongoServerError) return UNAVAILABLE.has(Number(error.code)) || isTransient(error);
  return (
    error instanceof MongoError && !(error instanceof MongoInvalidArgumentError || error instanceof MongoParseError)
  );
}

/**
 * What a socket reports (`EPIPE`, `ECONNRESET`): the driver doesn't wrap it where a request is written to a connection
 * that the other side has just ended.
 */
function isSystemError(error: unknown): boolean {
  if (error instanceof MongoError || !(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
}
