import { EventQLError } from "../errors.ts";
import type { Filter } from "../read-model/read-model.ts";
import type { Action, Scope } from "../security/authorize.ts";
import { withAllNames } from "./all-names.ts";
import type { GraphQLContext } from "./context.ts";
import { memoized } from "./memo.ts";

/** Columns that whoever may see a document may see. */
const ALWAYS: ReadonlySet<string> = new Set(["id", "_meta"]);

/**
 * Asks the policy whether the caller may do this, and returns the filter that limits what they may see.
 * @throws EventQLError `FORBIDDEN`.
 */
export function permit(context: GraphQLContext, action: Action, aggregate: string): Filter | undefined {
  return scopeOf(context, action, aggregate).filter;
}

/**
 * Asks the policy whether the caller may do this, and returns all that it is limited to.
 * @throws EventQLError `FORBIDDEN`.
 */
export function scopeOf({ services, caller, session }: GraphQLContext, action: Action, aggregate: string): Scope {
  const decision = services.authorize(caller, action, aggregate);
  const known = memoized(session.scopes, action, () => new Map<string, Scope>());
  if (decision.allow) {
    const scope = withAllNames(decision, services.catalog, aggregate);
    known.set(aggregate, scope);
    return scope;
  }
  known.delete(aggregate);
  throw new EventQLError("FORBIDDEN", `You may not ${action} ${aggregate}: ${decision.reason}.`);
}

/**
 * Checks that the caller may see columns, by their names in GraphQL. It rests on what the policy has said of the action
 * last, and asks only where it was not asked in this request: this is called for each field of each document.
 * @throws EventQLError `FORBIDDEN`, naming a column that they may not see.
 */
export function permitColumns(
  context: GraphQLContext,
  action: Action,
  aggregate: string,
  columns: Iterable<string>,
): void {
  for (const column of columns) permitColumn(context, action, aggregate, column);
}

/** As {@link permitColumns}, of one column. @throws EventQLError `FORBIDDEN`. */
export function permitColumn(context: GraphQLContext, action: Action, aggregate: string, column: string): void {
  const scope = context.session.scopes.get(action)?.get(aggregate) ?? scopeOf(context, action, aggregate);
  if (scope.columns === undefined || scope.columns.has(column) || ALWAYS.has(column)) return;
  throw new EventQLError(
    "FORBIDDEN",
    `You may not see the column ${column} of ${aggregate}: it is not allowed to ${callerName(context)}.`,
    { details: { aggregate, column } },
  );
}

/** What allows to invalidate transactions, where policies name it as they name event types. */
export const INVALIDATION = "EventInvalidate";

/**
 * Checks that the caller may append events of a type, or send commands of one, by its name in GraphQL.
 * @throws EventQLError `FORBIDDEN`.
 */
export function permitEvent(context: GraphQLContext, aggregate: string, type: string): void {
  const { events } = scopeOf(context, "append", aggregate);
  if (events === undefined || events.has(type)) return;
  throw new EventQLError(
    "FORBIDDEN",
    `You may not append ${type} to ${aggregate}: it is not allowed to ${callerName(context)}.`,
  );
}

/** Checks that the caller may invalidate transactions. @throws EventQLError `FORBIDDEN`. */
export function permitInvalidation(context: GraphQLContext, aggregate: string): void {
  permitEvent(context, aggregate, INVALIDATION);
}

/** Checks that the caller may append tombstones. @throws EventQLError `FORBIDDEN`. */
export function permitTombstone(context: GraphQLContext, aggregate: string): void {
  const { tombstones = true } = scopeOf(context, "append", aggregate);
  if (tombstones) return;
  throw new EventQLError("FORBIDDEN", `You may not delete ${aggregate}: it is not allowed to ${callerName(context)}.`);
}

function callerName({ caller: { identity } }: GraphQLContext): string {
  return identity === undefined ? "you" : `the role ${identity.role}`;
}
