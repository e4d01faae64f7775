/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic orders. A column that may be null is absent until an event sets it. */
export type Order = {
  /** The key of its events. */
  readonly _id: string;
  readonly reason?: string | null;
  readonly total: Money;
};

/** An event of Order. */
export type OrderEvent =
  { readonly type: "Cancelled"; readonly payload: Cancelled } | { readonly type: "Placed"; readonly payload: Placed };

export type Cancelled = {
  readonly reason: string | null;
};

/** An order was placed. */
export type Placed = {
  readonly total: Money;
};

/** A command to Order. */
export type OrderCommand =
  | { readonly type: "OrdersCommandsCancelled"; readonly payload: OrdersCommandsCancelled }
  | { readonly type: "OrdersCommandsClose"; readonly payload: OrdersCommandsClose }
  | { readonly type: "Place"; readonly payload: Place };

/** The order has to be cancelled. */
export type OrdersCommandsCancelled = {
  readonly why: string;
};

export type OrdersCommandsClose = {
  readonly detail: OrdersCommandsDetail;
};

/** Place an order. */
export type Place = {
  readonly total: Money;
  readonly note: string | null;
  readonly channel: Channel;
};

export type CartsCommandsClose = {
  readonly detail: CartsCommandsDetail;
};

/** Take everything out. */
export type EmptyCart = {
  readonly [field: string]: never;
};

export type CartsCommandsDetail = {
  readonly b: DetailB;
};

export type Channel = "WEB" | "SHOP";

export type Currency = "EUR" | "USD";

export type DetailB =
  { readonly _type: "int"; readonly value: number } | { readonly _type: "string"; readonly value: string };

export type Money = {
  readonly amount: Decimal;
  readonly currency: Currency;
};

export type OrdersCommandsDetail = {
  readonly a: number;
};

/** An exact decimal number, with the scale of its schema: `new Decimal("12.50")`, a class of eventql's. */
export type Decimal = { readonly text: string; toString(): string; toJSON(): string };
