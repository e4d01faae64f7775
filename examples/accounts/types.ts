/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/**
 * An account as it is from now on.
 *
 * A document of topic accounts. A column that may be null is absent until an event sets it.
 */
export type Account = {
  /** The key of its events. */
  readonly _id: string;
  /** By ISO 4217. */
  readonly currency: string;
  readonly kind: Kind;
  /** Whose it is. */
  readonly owner: string;
};

/** An event of Account. */
export type AccountEvent = { readonly type: "AccountSaved"; readonly payload: AccountSaved };

/** An account as it is from now on. */
export type AccountSaved = {
  /** Whose it is. */
  readonly owner: string;
  readonly kind: Kind;
  /** By ISO 4217. */
  readonly currency: string;
};

/** A document of topic account-events. A column that may be null is absent until an event sets it. */
export type Activity = {
  /** The key of its events. */
  readonly _id: string;
  readonly deposited?: Decimal | null;
  /** What it was for. */
  readonly note?: string | null;
  readonly withdrawn?: Decimal | null;
};

/** An event of Activity. */
export type ActivityEvent =
  | { readonly type: "Deposited"; readonly payload: Deposited }
  | { readonly type: "Withdrawn"; readonly payload: Withdrawn };

/** Money came into an account. */
export type Deposited = {
  readonly amount: Decimal;
  /** What it was for. */
  readonly note: string | null;
};

/** Money went out of an account. */
export type Withdrawn = {
  readonly amount: Decimal;
  /** What it was for. */
  readonly note: string | null;
};

export type Kind = "CURRENT" | "SAVINGS";

/** An exact decimal number, with the scale of its schema: `new Decimal("12.50")`, a class of eventql's. */
export type Decimal = { readonly text: string; toString(): string; toJSON(): string };
