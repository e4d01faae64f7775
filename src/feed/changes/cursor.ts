import { EventQLError } from "../../errors.ts";
import { seal, unseal } from "../../model/sealed-text.ts";

/**
 * How much of a collection was told. Whoever goes on from it is told the changes after `position` of the documents that
 * were told, and then, as they stand, the documents that were not. So two values suffice however often a snapshot is
 * interrupted: what was told is brought up to the next snapshot's position before any row of that is told.
 */
export interface Cursor {
  /** Whose documents. */
  readonly aggregate: string;
  readonly collection: string;
  /** What was told stands as of here. */
  readonly position: string;
  /** What was told: undefined is all; else the documents whose `_id` isn't beyond this one, `null` being none. */
  readonly upTo: string | null | undefined;
  /** Whether what was told of another collection is still to be taken back. */
  readonly isReset?: true;
}

/** Documents and where they are. */
type Followed = Pick<Cursor, "aggregate" | "collection">;

const VERSION = 1;

/** Packs a cursor into the opaque text that clients hand back. */
export function formatCursor({ aggregate, collection, position, upTo, isReset }: Cursor): string {
  const told = upTo === undefined ? {} : { upTo };
  return seal({ changes: VERSION, of: aggregate, collection, position, ...told, ...(isReset && { reset: true }) });
}

/** The cursor of one to whom all is to be told anew, from the documents that there are then. */
export function resetCursor({ aggregate, collection }: Followed, position: string): Cursor {
  return { aggregate, collection, position, upTo: null, isReset: true };
}

/**
 * Reads a cursor back. That of the aggregate's documents in another collection becomes a {@link resetCursor}.
 * @throws EventQLError `CURSOR_INVALID` for what {@link formatCursor} didn't make, and for another aggregate's.
 */
export function parseCursor(text: string, followed: Followed): Cursor {
  const cursor = unseal(text);
  if (!isCursor(cursor)) throw invalid("it is not one that a subscription to changes gave");
  const { aggregate, collection } = followed;
  const { position, upTo, reset } = cursor;
  if (cursor.collection === collection)
    return { aggregate, collection, position, upTo, ...(reset && { isReset: reset }) };
  if (cursor.of === aggregate) return resetCursor(followed, position);
  throw invalid(`it is one of '${cursor.collection}', and '${collection}' was asked for`);
}

interface SealedCursor {
  /** Absent in those of older versions. */
  readonly of?: string;
  readonly collection: string;
  readonly position: string;
  readonly upTo?: string | null;
  readonly reset?: true;
}

function isCursor(value: unknown): value is SealedCursor {
  if (typeof value !== "object" || value === null) return false;
  if (!("changes" in value) || value.changes !== VERSION) return false;
  if ("of" in value && typeof value.of !== "string") return false;
  if (!("collection" in value) || typeof value.collection !== "string") return false;
  if (!("position" in value) || typeof value.position !== "string") return false;
  if ("reset" in value && value.reset !== true) return false;
  return !("upTo" in value) || value.upTo === null || typeof value.upTo === "string";
}

function invalid(why: string): EventQLError {
  return new EventQLError(
    "CURSOR_INVALID",
    `The cursor can't be gone on from: ${why}. Pass a cursor back unchanged, to the same field, or begin without one.`,
  );
}
