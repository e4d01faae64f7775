/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic user-accounts. A column that may be null is absent until an event sets it. */
export type UserAccount = {
  /** The key of its events. */
  readonly _id: string;
  readonly __x?: boolean | null;
  readonly balance?: Long | null;
  readonly note?: string | null;
  readonly owner?: string | null;
  readonly payload__meta?: number | null;
  readonly payload_id?: string | null;
};

/** An event of UserAccount. */
export type UserAccountEvent =
  | { readonly type: "Deposited"; readonly payload: Deposited }
  | { readonly type: "Opened"; readonly payload: Opened }
  | { readonly type: "Renamed"; readonly payload: Renamed };

export type Deposited = {
  readonly balance: number;
  readonly note: string | null;
};

export type Opened = {
  readonly owner: string;
  readonly balance: Long;
};

export type Renamed = {
  readonly owner: string;
  readonly id: string;
  readonly _meta: number;
  readonly __x: boolean;
};

/** An integer of 64 bits. */
export type Long = bigint;
