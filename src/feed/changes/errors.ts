import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";

/** The end of one that doesn't take what it is given. */
export function tooSlow(collection: string, cursor: string): EventQLError {
  return new EventQLError(
    "SUBSCRIBER_TOO_SLOW",
    `The changes of '${collection}' came faster than they were taken: go on from the cursor, take faster, or ask for less.`,
    { details: { cursor } },
  );
}

/** The end of all. */
export function shuttingDown(cursor?: string): EventQLError {
  return new EventQLError(
    "SHUTTING_DOWN",
    "The server is shutting down: subscribe again, with the cursor if there is one.",
    cursor === undefined ? {} : { details: { cursor } },
  );
}

/** The refusal of two beginnings. */
export function ambiguousStart(): EventQLError {
  return new EventQLError(
    "BAD_USER_INPUT",
    "`snapshot` and `after` are two ways to begin: leave one out. A cursor of a snapshot goes on with it by itself.",
  );
}

/** The refusal of one more. */
export function tooManySubscribers(limit: number): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `This server has its ${limit} subscriptions to changes already: end some, or raise \`limits.subscriptions\`.`,
  );
}

/** The refusal of one that had to wait too long until it could begin. */
export function tooManyReadings(ms: number): EventQLError {
  return new EventQLError(
    "READ_MODEL_UNAVAILABLE",
    `Too many subscriptions read what was before them: this one could not begin within ${ms} ms. Try again later, with the same cursor if there is one.`,
  );
}

/** The end of one whose documents were made anew in a way that it couldn't show; `lost`: what isn't as it was, in words. */
export function columnsChanged(aggregate: string, lost: string, cursor?: string): EventQLError {
  return new EventQLError(
    "PROJECTION_CHANGED",
    `The documents of ${aggregate} are made by another definition now, and ${lost} isn't in them as it was: subscribe anew, with the cursor if there is one, and you get them by the schema of now.`,
    cursor === undefined ? {} : { details: { cursor } },
  );
}

/** What a failed reading means to the subscriber: it may go on from the cursor, unless that itself is the matter. */
export function readingFailed(error: unknown, collection: string, cursor: string): EventQLError {
  if (!isEventQLError(error))
    return new EventQLError("INTERNAL", `The changes of '${collection}' could not be read: ${messageOf(error)}`, {
      cause: error,
      details: { cursor },
    });
  if (error.code === "CURSOR_EXPIRED" || error.code === "CURSOR_INVALID") return error;
  return new EventQLError(error.code, error.message, { cause: error, details: { ...error.details, cursor } });
}
