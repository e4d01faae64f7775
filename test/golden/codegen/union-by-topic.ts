/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic orders. A column that may be null is absent until an event sets it. */
export type Order = {
  /** The key of its events. */
  readonly _id: string;
  readonly method?: Method | null;
  readonly note?: string | null;
  readonly total?: Decimal | null;
};

/** An event of Order. */
export type OrderEvent =
  | { readonly type: "OrderPaid"; readonly payload: OrderPaid }
  | { readonly type: "OrderPlaced"; readonly payload: OrderPlaced };

export type OrderPaid = {
  readonly method: Method;
};

export type OrderPlaced = {
  readonly total: Decimal;
  readonly note: string;
};

export type Method = "CARD" | "TRANSFER" | "CASH";

/** An exact decimal number, with the scale of its schema: `new Decimal("12.50")`, a class of eventql's. */
export type Decimal = { readonly text: string; toString(): string; toJSON(): string };
