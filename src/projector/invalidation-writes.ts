import type { CollectionWrites } from "../read-model/read-model.ts";
import { documentWrites } from "./commit-of.ts";
import { DEAD_LETTERS, PARKED_KEYS } from "../read-model/dead-letters.ts";
import type { InvalidationItem } from "./decode-batch.ts";
import type { DocumentChange } from "./fold-batch.ts";
import { INVALIDATIONS, type Invalidation, storedInvalidation } from "./invalidations.ts";
import type { KeptEvent } from "./journal.ts";
import type { KeyPlan, OwnWrites } from "./plan-key.ts";

/** All that is written at once. */
export type InvalidationWrites = readonly CollectionWrites[];

/** What is to be written. */
export interface InvalidationParts {
  readonly item: InvalidationItem;
  /** Whose documents they are. */
  readonly projection: string;
  readonly plans: readonly KeyPlan[];
  readonly state: Pick<Invalidation, "done" | "parking" | "repeated" | "pending">;
  /** Whether the invalidation's own document is there already. */
  readonly isStored: boolean;
  /** What the journal adds. */
  readonly journal: (late: readonly KeptEvent[]) => readonly CollectionWrites[];
}

/** What an invalidation, or a part of its keys, writes. */
export function invalidationWrites({
  item,
  projection,
  plans,
  state,
  isStored,
  journal,
}: InvalidationParts): InvalidationWrites {
  const documents = new Map<string, Map<string, DocumentChange>>();
  for (const { key, changes } of plans) {
    for (const [collection, change] of changes) {
      const ofCollection = documents.get(collection) ?? new Map<string, DocumentChange>();
      documents.set(collection, ofCollection.set(key, change));
    }
  }
  const own = [storedInvalidation(item.record, item.event, state, projection)];
  const [inserts, replacements] = isStored ? [[], own] : [own, []];
  return [
    ...[...documents].map(([collection, changes]) => documentWrites(collection, changes)),
    merged(
      DEAD_LETTERS,
      plans.map(({ letters }) => letters),
    ),
    merged(
      PARKED_KEYS,
      plans.map(({ parked }) => parked),
    ),
    ...journal(plans.flatMap(({ late }) => late)),
    { collection: INVALIDATIONS, inserts, replacements, deletions: [] },
  ];
}

function merged(collection: string, writes: readonly OwnWrites[]): CollectionWrites {
  return {
    collection,
    inserts: writes.flatMap(({ inserts }) => inserts),
    replacements: writes.flatMap(({ replacements }) => replacements),
    deletions: writes.flatMap(({ deletions }) => deletions),
  };
}
