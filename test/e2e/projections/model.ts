/** What is done to the shop, in the order of the answers. */
export type ShopEvent =
  | {
      readonly type: "placed";
      readonly order: string;
      readonly customer: string;
      readonly total: number;
      readonly lines: readonly Line[];
    }
  | { readonly type: "cancelled"; readonly order: string; readonly reason: string }
  | { readonly type: "paid"; readonly payment: string; readonly order: string; readonly amount: number }
  | { readonly type: "deleted"; readonly order: string };

/** A line of an order. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** The documents of the shop's projections, by their keys, as GraphQL shows them. */
export interface Shop {
  readonly orderSummaries: Readonly<Record<string, OrderSummary>>;
  readonly customerTotals: Readonly<Record<string, CustomerTotal>>;
  readonly demand: Readonly<Record<string, { readonly quantity: string; readonly orders: number }>>;
  readonly orderTrails: Readonly<Record<string, { readonly steps: readonly string[] }>>;
}

interface OrderSummary {
  readonly customer: string | null;
  readonly total: string;
  readonly paid: string;
  readonly cancelled: boolean;
  readonly lines: readonly { readonly sku: string; readonly quantity: string }[];
}

interface CustomerTotal {
  readonly orders: number;
  readonly total: string;
  readonly last: string;
}

/** What the events have to have made. */
export function shopOf(events: readonly ShopEvent[]): Shop {
  const shop = { orderSummaries: {}, customerTotals: {}, demand: {}, orderTrails: {} };
  return events.reduce<Shop>(after, shop);
}

const NOTHING: OrderSummary = { customer: null, total: "0", paid: "0", cancelled: false, lines: [] };

function after(shop: Shop, event: ShopEvent): Shop {
  switch (event.type) {
    case "placed":
      return placed(shop, event);
    case "paid": {
      const summary = shop.orderSummaries[event.order] ?? NOTHING;
      const paid = String(Number(summary.paid) + event.amount);
      return { ...shop, orderSummaries: { ...shop.orderSummaries, [event.order]: { ...summary, paid } } };
    }
    case "cancelled":
      return cancelled(shop, event);
    case "deleted":
      return { ...shop, orderTrails: without(shop.orderTrails, event.order) };
  }
}

function placed(shop: Shop, { order, customer, total, lines }: Extract<ShopEvent, { readonly type: "placed" }>): Shop {
  const summary = shop.orderSummaries[order] ?? NOTHING;
  const shown = lines.map(({ sku, quantity }) => ({ sku, quantity: String(quantity) }));
  const before = shop.customerTotals[customer] ?? { orders: 0, total: "0", last: "" };
  const last = order > before.last ? order : before.last;
  const ofCustomer = { orders: before.orders + 1, total: String(Number(before.total) + total), last };
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  const demand = [...new Set(lines.map(({ sku }) => sku))].map((sku) => {
    const known = shop.demand[sku] ?? { quantity: "0", orders: 0 };
    return [sku, { quantity: String(Number(known.quantity) + quantity), orders: known.orders + 1 }];
  });
  return {
    orderSummaries: {
      ...shop.orderSummaries,
      [order]: { ...summary, customer, total: String(total), lines: shown },
    },
    customerTotals: total >= 10 ? { ...shop.customerTotals, [customer]: ofCustomer } : shop.customerTotals,
    demand: { ...shop.demand, ...Object.fromEntries(demand) },
    orderTrails: { ...shop.orderTrails, [order]: { steps: [...(shop.orderTrails[order]?.steps ?? []), "placed"] } },
  };
}

function cancelled(shop: Shop, { order, reason }: Extract<ShopEvent, { readonly type: "cancelled" }>): Shop {
  const summary = { ...(shop.orderSummaries[order] ?? NOTHING), cancelled: true };
  const steps = [...(shop.orderTrails[order]?.steps ?? []), reason];
  const kept = { ...shop.orderTrails, [order]: { steps } };
  return {
    ...shop,
    orderSummaries: { ...shop.orderSummaries, [order]: summary },
    orderTrails: reason === "forget" ? without(shop.orderTrails, order) : kept,
  };
}

function without<T>(documents: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(documents).filter(([other]) => other !== key));
}
