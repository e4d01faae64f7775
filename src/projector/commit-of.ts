import type { Checkpoint } from "../model/checkpoint.ts";
import type { CollectionWrites, Commit, StoredDocument } from "../read-model/read-model.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetter, parkedKey } from "../read-model/dead-letters.ts";
import type { DocumentChange, FoldedBatch } from "./fold-batch.ts";
import type { Session } from "./partition-session.ts";

/** The transaction that stores a folded batch: its documents, what it set aside, its journal, and the checkpoint. */
export function commitOf(
  checkpoint: Checkpoint,
  { next, journals }: Pick<Session, "next" | "journals">,
  batch: FoldedBatch,
): Commit {
  const documents = [...batch.changes].map(([collection, changes]) => documentWrites(collection, changes));
  const setAside = setAsideWrites(checkpoint.projection, batch);
  const journal = journals.writes(batch.kept, checkpoint.next);
  return { checkpoint, from: next, writes: [...documents, ...setAside, ...journal].filter(isNotEmpty) };
}

/** What a batch writes to a collection of documents. */
export function documentWrites(collection: string, changes: ReadonlyMap<string, DocumentChange>): CollectionWrites {
  const inserts: StoredDocument[] = [];
  const replacements: StoredDocument[] = [];
  const deletions: string[] = [];
  for (const [key, { before, after }] of changes) {
    if (after === undefined) {
      if (before !== undefined) deletions.push(key);
    } else if (before === undefined) inserts.push(after);
    else replacements.push(after);
  }
  return { collection, inserts, replacements, deletions };
}

function setAsideWrites(projection: string, { setAside, parked }: FoldedBatch): CollectionWrites[] {
  const letters = setAside.map(({ item, waiting }) => deadLetter(projection, item.record, item, waiting));
  const keys = [...parked].map(([key, item]) => parkedKey(projection, key, item.record, item));
  return [
    { collection: DEAD_LETTERS, inserts: letters, replacements: [], deletions: [] },
    { collection: PARKED_KEYS, inserts: keys, replacements: [], deletions: [] },
  ];
}

function isNotEmpty({ inserts, replacements, deletions }: CollectionWrites): boolean {
  return inserts.length + replacements.length + deletions.length > 0;
}
