/** Which documents of an aggregate a role may see, and what of them. */
export interface ReadPolicy {
  /**
   * As the aggregate's `where` in GraphQL, hidden columns included; default: all documents. A value that is a text
   * `$claims.sub` stands for that claim of the caller; who has no such claim may not read.
   */
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  /** By their names in GraphQL, beside `id` and `_meta`, which may always be seen; default: all. */
  readonly columns?: readonly string[] | undefined;
}

/** What a role may do with an aggregate. What isn't named is denied. */
export interface RolePolicy {
  readonly read?: boolean | ReadPolicy | undefined;
  /**
   * Which events and commands: `true`, or event types and commands by their names in GraphQL; `EventInvalidate` stands for
   * the invalidation of transactions.
   */
  readonly append?: boolean | readonly string[] | undefined;
  /** Whether tombstones may be appended. */
  readonly delete?: boolean | undefined;
  /** Default: as `read`. Never more than it: a snapshot reads, and who is told of changes knows the document. */
  readonly subscribe?: boolean | ReadPolicy | undefined;
}

/** By aggregate, then by role. */
export type Policies = Readonly<Record<string, Readonly<Record<string, RolePolicy>>>>;
