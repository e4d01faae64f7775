/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic appuser. A column that may be null is absent until an event sets it. */
export type User = {
  /** The key of its events. */
  readonly _id: string;
  readonly at?: Date | null;
  /** Where to write to. */
  readonly email?: string | null;
  readonly firstname: string;
  readonly last_name: string;
  readonly reason?: string | null;
};

/** An event of User. */
export type UserEvent =
  | { readonly type: "UserChanged"; readonly payload: UserChanged }
  | { readonly type: "UserDeactivated"; readonly payload: UserDeactivated }
  | { readonly type: "UserEmailChanged"; readonly payload: UserEmailChanged };

/** A user was added or changed. */
export type UserChanged = {
  readonly first_name: string;
  readonly last_name: string;
};

export type UserDeactivated = {
  readonly reason: string | null;
  readonly at: Date;
};

export type UserEmailChanged = {
  /** Where to write to. */
  readonly email: string;
};
