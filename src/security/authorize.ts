import type { Filter } from "../read-model/read-model.ts";

/** What a caller wants of an aggregate. */
export type Action = "read" | "append" | "subscribe" | "administer";

/** Who calls: what the transport knows of a request, before any authentication. */
export interface RequestContext {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string | undefined;
}

/** `filter`: only documents that match it may be seen. */
export type Decision =
  { readonly allow: true; readonly filter?: Filter } | { readonly allow: false; readonly reason: string };

/** The one seam that every resolver, subscription, route and waiter passes. `aggregate` is its name. */
export type Authorize = (context: RequestContext, action: Action, aggregate: string) => Decision;

/** The policy where none is configured: everything but administration. */
export const allowAll: Authorize = (_context, action) =>
  action === "administer" ? { allow: false, reason: "administration needs an admin role" } : { allow: true };
