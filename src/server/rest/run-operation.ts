import type { ExecutionResult } from "graphql";
import { isEventQLError } from "../../errors.ts";
import { isGraphQLContext } from "../../graphql/context.ts";
import { scopeOf } from "../../graphql/permit.ts";
import type { DocumentView } from "../../rest/document-view.ts";
import { type JsonObject, isObject } from "../../rest/json-input.ts";
import type { RequestContext } from "../../security/authorize.ts";
import type { Operations } from "../engine/operations.ts";

/** What executes the operations of routes. */
export interface RouteEngine {
  readonly operations: Operations;
  /** What resolvers get to know of a request. @throws EventQLError `NOT_READY`. */
  createContext(caller: RequestContext): object;
}

/** Who asks, and what the request is called. */
export interface Asker {
  readonly caller: RequestContext;
  readonly requestId: string;
}

/** Runs an operation of a route. Never rejects: what goes wrong stands in the result. */
export async function runOperation(
  { operations }: RouteEngine,
  { caller, requestId }: Asker,
  query: string,
  variables: Record<string, unknown>,
): Promise<ExecutionResult> {
  const prepared = await operations.prepareOwn({ query, variables }, caller, requestId);
  return "errors" in prepared ? prepared : await prepared.execute();
}

/** A field of a result's data that is an object; undefined: it is null, or there is none. */
export function objectOf({ data }: ExecutionResult, field: string): JsonObject | undefined {
  const value = data?.[field];
  return isObject(value) ? value : undefined;
}

/**
 * What to ask for of a document: of a view that is fitted to its callers, what this one may see.
 * @throws EventQLError `FORBIDDEN`, `NOT_READY`.
 */
export function selectionFor(engine: RouteEngine, { caller }: Asker, view: DocumentView): string {
  if (!view.isFitted) return view.selection(undefined);
  const context = engine.createContext(caller);
  return view.selection(isGraphQLContext(context) ? scopeOf(context, "read", view.aggregate).columns : undefined);
}

/** The same, of who writes; undefined: they may not see the document. @throws EventQLError `NOT_READY`. */
export function selectionForWriter(engine: RouteEngine, asker: Asker, view: DocumentView): string | undefined {
  try {
    return selectionFor(engine, asker, view);
  } catch (error) {
    if (isEventQLError(error, "FORBIDDEN")) return undefined;
    throw error;
  }
}
