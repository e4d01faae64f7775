/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic appuser. A column that may be null is absent until an event sets it. */
export type User = {
  /** The key of its events. */
  readonly _id: string;
  /** When the user was deactivated. */
  readonly deactivated_at?: Date | null;
  /** The new address; null removes it. */
  readonly email?: string | null;
  /** Given name. */
  readonly firstname: string;
  /** Family name. */
  readonly last_name: string;
  /** Why, in words for people. */
  readonly reason?: string | null;
};

/** An event of User. */
export type UserEvent =
  | { readonly type: "UserChanged"; readonly payload: UserChanged }
  | { readonly type: "UserDeactivated"; readonly payload: UserDeactivated }
  | { readonly type: "UserEmailChanged"; readonly payload: UserEmailChanged };

/** A user was added or changed. */
export type UserChanged = {
  /** Given name. */
  readonly first_name: string;
  /** Family name. */
  readonly last_name: string;
};

/** A user may no longer sign in. */
export type UserDeactivated = {
  /** When the user was deactivated. */
  readonly deactivated_at: Date;
  /** Why, in words for people. */
  readonly reason: string | null;
};

/** A user's e-mail address was set, changed or removed. */
export type UserEmailChanged = {
  /** The new address; null removes it. */
  readonly email: string | null;
};
