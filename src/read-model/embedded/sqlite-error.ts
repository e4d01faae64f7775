import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";

/** SQLite's primary result codes that mean something of their own here. Source: https://www.sqlite.org/rescode.html */
const CONSTRAINT = 19;
const TOO_BIG = 18;

/** Whether a key was inserted twice. */
export function isConstraintError(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT;
}

/** The error of the port for one of the data file, or of evaluating a query. */
export function toReadModelError(error: unknown): EventQLError {
  if (isEventQLError(error)) return error;
  if (resultCode(error) === TOO_BIG || error instanceof RangeError)
    return new EventQLError("COMMIT_TOO_LARGE", "A document is too large for the data file: make it smaller.", {
      cause: error,
    });
  if (resultCode(error) === undefined)
    return new EventQLError("INTERNAL", `A query could not be evaluated: ${messageOf(error)}`, { cause: error });
  return new EventQLError(
    "READ_MODEL_UNAVAILABLE",
    `The data file can't be used (${messageOf(error)}): check that it is there, writable, and that the disk isn't full.`,
    { cause: error },
  );
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
