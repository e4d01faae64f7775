import { EventQLError } from "../errors.ts";

/** The error of a position whose later changes aren't kept any more, or can't be told. */
export function cursorExpired(why: string, cause?: unknown): EventQLError {
  return new EventQLError(
    "CURSOR_EXPIRED",
    `Changes after this cursor can't be told any more (${why}): read what there is, and follow from there.`,
    cause === undefined ? {} : { cause },
  );
}

/** The error of a position that the store never gave. */
export function cursorInvalid(why: string): EventQLError {
  return new EventQLError(
    "CURSOR_INVALID",
    `The cursor isn't one of this read model (${why}): take it unchanged from a change that was delivered.`,
  );
}
