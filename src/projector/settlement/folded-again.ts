import type { StoredDocument } from "../../read-model/read-model.ts";
import type { DocumentChange } from "../fold-batch.ts";

/** A key's documents as they are without a transaction: what waited behind its invalidation is folded into them. */
export interface FoldedAgain {
  /** By collection. */
  readonly bases: ReadonlyMap<string, StoredDocument | undefined>;
  /** Of the invalidation. */
  readonly offset: number;
}

/** The changes of documents whose base is another one than what is stored. */
export function changesFrom(
  bases: ReadonlyMap<string, StoredDocument | undefined>,
  key: string,
  stored: (collection: string) => StoredDocument | undefined,
  folded: ReadonlyMap<string, ReadonlyMap<string, DocumentChange>>,
): ReadonlyMap<string, ReadonlyMap<string, DocumentChange>> {
  return new Map(
    [...bases].map(([collection, base]) => {
      const change = folded.get(collection)?.get(key);
      const before = stored(collection);
      const after = change === undefined ? base : change.after;
      const changed = before === undefined && after === undefined ? [] : [[key, { before, after }] as const];
      return [collection, new Map(changed)];
    }),
  );
}
