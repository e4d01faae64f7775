import { EventQLError } from "../../errors.ts";
import { seal, unseal } from "../../model/sealed-text.ts";

/**
 * How much of a collection was told. Whoever goes on from it is told the changes after `position` of the documents that
 * were told, and then, as they stand, the documents that were not. So two values suffice however often a snapshot is
 * interrupted: what was told is brought up to the next snapshot's position before any row of that is told.
 */
export interface Cursor {
  readonly collection: string;
  /** What was told stands as of here. */
  readonly position: string;
  /** What was told: undefined is all; else the documents whose `_id` isn't beyond this one, `null` being none. */
  readonly upTo: string | null | undefined;
}

const VERSION = 1;

/** Packs a cursor into the opaque text that clients hand back. */
export function formatCursor({ collection, position, upTo }: Cursor): string {
  return seal({ changes: VERSION, collection, position, ...(upTo === undefined ? {} : { upTo }) });
}

/**
 * Reads a cursor back.
 * @throws EventQLError `CURSOR_INVALID` for what {@link formatCursor} didn't make, and for another collection's.
 */
export function parseCursor(text: string, collection: string): Cursor {
  const cursor = unseal(text);
  if (!isCursor(cursor)) throw invalid("it is not one that a subscription to changes gave");
  if (cursor.collection !== collection)
    throw invalid(`it is one of '${cursor.collection}', and '${collection}' was asked for`);
  return { collection, position: cursor.position, upTo: cursor.upTo };
}

interface SealedCursor {
  readonly collection: string;
  readonly position: string;
  readonly upTo?: string | null;
}

function isCursor(value: unknown): value is SealedCursor {
  if (typeof value !== "object" || value === null) return false;
  if (!("changes" in value) || value.changes !== VERSION) return false;
  if (!("collection" in value) || typeof value.collection !== "string") return false;
  if (!("position" in value) || typeof value.position !== "string") return false;
  return !("upTo" in value) || value.upTo === null || typeof value.upTo === "string";
}

function invalid(why: string): EventQLError {
  return new EventQLError(
    "CURSOR_INVALID",
    `The cursor can't be gone on from: ${why}. Pass a cursor back unchanged, to the same field, or begin without one.`,
  );
}
