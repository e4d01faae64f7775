import { INVALIDATION_TYPE } from "../../catalog/invalidation-event.ts";
import { metaOf } from "../../model/meta.ts";
import type { DocumentChange } from "../fold-batch.ts";
import { invalidatedMeta } from "../plan-key.ts";

type Changes = ReadonlyMap<string, ReadonlyMap<string, DocumentChange>>;

/**
 * What events make of documents that had waited: a document that an invalidation behind them has changed keeps the version
 * that it has of that, for versions never fall.
 */
export function settledChanges(changes: Changes): Changes {
  return new Map([...changes].map(([collection, ofKeys]) => [collection, mapped(ofKeys)]));
}

function mapped(changes: ReadonlyMap<string, DocumentChange>): ReadonlyMap<string, DocumentChange> {
  return new Map([...changes].map(([key, change]) => [key, raised(change)]));
}

function raised(change: DocumentChange): DocumentChange {
  const before = metaOf(change.before?.["_meta"]);
  const after = metaOf(change.after?.["_meta"]);
  if (change.after === undefined || before === undefined || after === undefined) return change;
  if (before.type !== INVALIDATION_TYPE || before.offset <= after.offset) return change;
  const { offset, updated } = before;
  const meta = invalidatedMeta(after, { offset, timestamp: updated.getTime() });
  return { ...change, after: { ...change.after, _meta: { ...meta } } };
}
