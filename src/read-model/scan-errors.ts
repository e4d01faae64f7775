import { EventQLError } from "../errors.ts";

/** The error of a read that would examine too many documents. */
export function tooExpensive(collection: string, documents: number, maximum: number): EventQLError {
  return new EventQLError(
    "QUERY_TOO_EXPENSIVE",
    `Reading '${collection}' would examine about ${documents} documents, and at most ${maximum} may be: filter by the id or ` +
      "by columns that have an index, or give those columns an index that you filter and order by.",
    { details: { collection, documents, maximum } },
  );
}
