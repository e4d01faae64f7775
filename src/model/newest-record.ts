import type { Checkpoint } from "./checkpoint.ts";
import { HEADER, type Headers } from "./event.ts";

/** What tells where a position is in a mirror of its log, whose offsets are others. */
export type Newest = Pick<Checkpoint, "newest" | "unnamed">;

/**
 * What tells the position behind some more records: the id of the last one that has an id in the header `idHeader`, and how
 * many follow it that have none.
 */
export function newestAfter(
  before: Newest,
  records: readonly { readonly headers: Headers }[],
  idHeader: string = HEADER.id,
): Newest {
  const last = records.findLastIndex(({ headers }) => isId(headers[idHeader]));
  const newest = last === -1 ? before.newest : records[last]?.headers[idHeader];
  const unnamed = records.length - 1 - last + (last === -1 ? (before.unnamed ?? 0) : 0);
  return { ...(newest !== undefined && { newest }), ...(unnamed > 0 && { unnamed }) };
}

/** The id of a record, in the header `idHeader`; undefined: it has none. */
export function idOf({ headers }: { readonly headers: Headers }, idHeader: string): string | undefined {
  const id = headers[idHeader];
  return isId(id) ? id : undefined;
}

function isId(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
