import type { Filter } from "../read-model/read-model.ts";

/** What a caller wants of an aggregate. */
export type Action = "read" | "append" | "subscribe" | "administer";

/** Who a caller has proved to be. */
export interface Identity {
  /** By which policies are found. */
  readonly role: string;
  /** What the token says, or the configuration says of the API key. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the proof ends, in ms since 1970-01-01 UTC; undefined: never. */
  readonly expiresAt: number | undefined;
}

/** Who calls: what the transport knows of a request. */
export interface RequestContext {
  /** Undefined: authentication is not configured. */
  readonly identity?: Identity | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string | undefined;
}

/** What a permission is limited to. */
export interface Scope {
  /** Only documents that match it may be seen. */
  readonly filter?: Filter;
  /** Only these columns may be seen, by their names in GraphQL; `id` and `_meta` always may. Absent: all. */
  readonly columns?: ReadonlySet<string>;
  /**
   * Only event types of these names (in GraphQL) may be appended, and only commands of these names sent; the name
   * `EventInvalidate` stands for the invalidation of transactions. Who may append events of a type may do so in a
   * transaction too. Absent: all.
   */
  readonly events?: ReadonlySet<string>;
  /** Whether tombstones may be appended. Absent: yes. */
  readonly tombstones?: boolean;
}

/** Whether it may be done, and with what limits. */
export type Decision = ({ readonly allow: true } & Scope) | { readonly allow: false; readonly reason: string };

/** The one seam that every resolver, subscription, route and waiter passes. `aggregate` is its name. */
export type Authorize = (context: RequestContext, action: Action, aggregate: string) => Decision;

/** The policy where none is configured: everything but administration. */
export const allowAll: Authorize = (_context, action) =>
  action === "administer" ? { allow: false, reason: "administration needs an admin role" } : { allow: true };
