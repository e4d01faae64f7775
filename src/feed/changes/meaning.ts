import { compileFilter, type Matches } from "../../read-model/query/filter.ts";
import type { DocumentChange, Filter } from "../../read-model/read-model.ts";
import type { ChangeItem, ChangeRequest } from "../change-feed.ts";
import { idConditions, isOfIdAlone } from "./id-conditions.ts";

/** What a change is to one who follows a filter, without where it stands. */
export type Meaning = Pick<ChangeItem, "operation" | "id" | "document" | "previous">;

/** The tests that the meaning of changes is made by. */
export interface Tests {
  /** Whether a document is both asked for and within the scope. */
  readonly matches: Matches;
  /** Whether a document is within the scope. */
  readonly isInScope: Matches;
  /** Whether the end of a document of which only the `_id` is known may be told. */
  readonly tellsDeletion: (id: string) => boolean;
}

/** Compiles what a request follows. */
export function compileTests({ where, scope }: Pick<ChangeRequest, "where" | "scope">): Tests {
  const isAsked = compileFilter(where);
  const isInScope = scope === undefined ? () => true : compileFilter(scope);
  return {
    matches: scope === undefined ? isAsked : (document) => isInScope(document) && isAsked(document),
    isInScope,
    tellsDeletion: deletionTest(where, scope),
  };
}

/**
 * What a change means to one who follows a filter; undefined: nothing.
 *
 * - A document that is new and matches is an `INSERT`.
 * - One that changed and matches is an `UPDATE`, whether it matched before or not; `previous` comes with it only where
 *   that was within the scope.
 * - One that changed and doesn't match any more is a `LEAVE`. That takes the previous document: where the collection
 *   keeps none, nothing is told.
 * - One that was deleted and matched is a `DELETE`. Where the previous document isn't kept only its `_id` is known:
 *   then it is told of every document that the filter doesn't rule out by `_id`, so also of some that never matched;
 *   but with a scope only if that looks at `_id` alone and admits it, for nothing beyond a scope may be learned.
 */
export function meaningOf(change: DocumentChange, tests: Tests): Meaning | undefined {
  const { id, document, previous } = change;
  if (change.operation === "delete") return deletion(change, tests);
  if (document !== undefined && tests.matches(document)) {
    if (change.operation === "insert") return { operation: "INSERT", id, document, previous: undefined };
    const shown = previous !== undefined && tests.isInScope(previous) ? previous : undefined;
    return { operation: "UPDATE", id, document, previous: shown };
  }
  if (previous === undefined || !tests.matches(previous)) return undefined;
  return { operation: "LEAVE", id, document: undefined, previous };
}

function deletion({ id, previous }: DocumentChange, tests: Tests): Meaning | undefined {
  const isTold = previous === undefined ? tests.tellsDeletion(id) : tests.matches(previous);
  return isTold ? { operation: "DELETE", id, document: undefined, previous } : undefined;
}

function deletionTest(where: Filter, scope: Filter | undefined): (id: string) => boolean {
  if (scope !== undefined && !isOfIdAlone(scope)) return () => false;
  const admits = compileFilter(idConditions(where));
  const isInScope = scope === undefined ? () => true : compileFilter(scope);
  return (id) => admits({ _id: id }) && isInScope({ _id: id });
}
