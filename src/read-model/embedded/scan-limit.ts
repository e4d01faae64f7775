import { keyLookup } from "../query/key-lookup.ts";
import type { Lookup } from "../query/lookup.ts";
import { conjuncts, readPart } from "../query/read-part.ts";
import type { Explanation, Read } from "../read-model.ts";
import { tooExpensive } from "../scan-errors.ts";
import type { Collections } from "./collections.ts";

/**
 * Refuses reads that would examine too many documents. Pages in the order of the keys are allowed at any size, as they
 * are where the keys have an index.
 * @throws EventQLError `QUERY_TOO_EXPENSIVE`.
 */
export function checkScan(
  collections: Collections,
  collection: string,
  read: Read,
  maxExamined: number = Number.POSITIVE_INFINITY,
): void {
  const { filter, sort = {}, enough, lookups } = readPart(read);
  const paths = [...conjuncts(filter), sort].flatMap((part) => Object.keys(part));
  if (enough !== undefined && lookups.length === 0 && paths.every((path) => path === "_id")) return;
  const { documentsExamined } = scanOf(collections, collection, read);
  if (documentsExamined > maxExamined) throw tooExpensive(collection, documentsExamined, maxExamined);
}

/** What a read examines: of a page in the order of the keys no more than is left out or shown. A join looks through the other collection once. */
export function scanOf(
  collections: Collections,
  collection: string,
  read: Read,
): Pick<Explanation, "index" | "documentsExamined"> {
  const { filter, sort = {}, enough, lookups } = readPart(read);
  const isPage = "find" in read && Object.keys(filter).length === 0 && Object.keys(sort).join() === "_id";
  const page = isPage && enough !== undefined ? Math.min(enough, collections.size(collection)) : undefined;
  const keys = keyLookup(filter)?.keys.length ?? page;
  const joined = lookups.reduce((sum, lookup) => sum + joinedBy(collections, lookup), 0);
  return {
    index: keys === undefined ? null : "_id_",
    documentsExamined: (keys ?? collections.size(collection)) + joined,
  };
}

function joinedBy(collections: Collections, { collection, inner }: Lookup): number {
  return inner.reduce((sum, lookup) => sum + joinedBy(collections, lookup), collections.size(collection));
}
