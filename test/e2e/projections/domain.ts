import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** The topics of a shop. */
export interface ShopTopics {
  readonly orders: string;
  readonly payments: string;
}

const LINE = {
  type: "record",
  name: "Line",
  namespace: "shop",
  fields: [
    { name: "sku", type: "string" },
    { name: "quantity", type: "long" },
  ],
};

const ORDER_PLACED = {
  type: "record",
  name: "OrderPlaced",
  namespace: "shop",
  fields: [
    { name: "customer", type: "string" },
    { name: "total", type: "long" },
    { name: "lines", type: { type: "array", items: LINE } },
  ],
};

const ORDER_CANCELLED = {
  type: "record",
  name: "OrderCancelled",
  namespace: "shop",
  fields: [{ name: "reason", type: "string" }],
};

const PAID = {
  type: "record",
  name: "Paid",
  namespace: "shop",
  fields: [
    { name: "order", type: "string" },
    { name: "amount", type: "long" },
  ],
};

/** Joined by key, keyed anew and filtered, one event into many, and folded as it is. */
const configOf = ({ orders, payments }: ShopTopics): string => `
import { defineConfig, projection } from ${JSON.stringify(INDEX)};

const orderSummary = projection({
  name: "OrderSummary",
  from: ${JSON.stringify([orders, payments])},
  key: (event) => (event.type === "Paid" ? event.payload.order : event.key),
  columns: {
    customer: ["null", { type: "string" }],
    total: "long",
    paid: "long",
    cancelled: "boolean",
    note: ["null", "string"],
    lines: { type: "array", items: "shop.Line" },
  },
  hidden: ["note"],
  initial: { total: 0n, paid: 0n, cancelled: false, lines: [] },
  previous: true,
  evolve: {
    OrderPlaced: (state, { customer, total, lines }, { topic, key }) => ({ ...state, customer, total, lines, note: topic + "/" + key }),
    OrderCancelled: (state) => ({ ...state, cancelled: true }),
    Paid: (state, { amount }) => {
      if (amount < 0n) throw new RangeError("nobody pays less than nothing");
      return { ...state, paid: state.paid + amount };
    },
  },
});

const customerTotal = projection({
  name: "CustomerTotal",
  from: [${JSON.stringify(orders)}],
  key: ({ type, payload }) => (type === "OrderPlaced" && payload.total >= 10n ? payload.customer : undefined),
  columns: { orders: "int", total: "long", last: ["null", { type: "string", eventql: { references: "OrderSummary" } }] },
  initial: { orders: 0, total: 0n },
  indexes: [[{ total: "DESC" }]],
  evolve: {
    OrderPlaced: (state, { total }, { key }) => ({
      orders: state.orders + 1,
      total: state.total + total,
      last: key > (state.last ?? "") ? key : state.last,
    }),
  },
});

const skuDemand = projection({
  name: "SkuDemand",
  plural: "demand",
  from: [${JSON.stringify(orders)}],
  partitions: 3,
  key: ({ type, payload }) => (type === "OrderPlaced" ? payload.lines.map(({ sku }) => sku) : undefined),
  columns: { quantity: "long", orders: "int" },
  initial: { quantity: 0n, orders: 0 },
  evolve: {
    OrderPlaced: ({ quantity, orders }, { lines }, context) => {
      const total = lines.reduce((sum, line) => sum + line.quantity, 0n);
      return { quantity: quantity + total, orders: orders + 1 };
    },
  },
});

const orderTrail = projection({
  name: "OrderTrail",
  from: [${JSON.stringify(orders)}],
  columns: { steps: { type: "array", items: "string" } },
  initial: { steps: [] },
  commit: "event",
  evolve: {
    OrderPlaced: ({ steps }) => ({ steps: [...steps, "placed"] }),
    OrderCancelled: ({ steps }, { reason }) => (reason === "forget" ? undefined : { steps: [...steps, reason] }),
  },
});

export default defineConfig({
  topics: ${JSON.stringify([orders, payments])},
  projections: [orderSummary, customerTotal, skuDemand, orderTrail],
});
`;

/** Writes the schemas, and the configuration with the projections, into a folder. */
export async function writeShop(
  folder: string,
  topics: ShopTopics,
): Promise<{ readonly schemas: string; readonly config: string }> {
  const schemas = join(folder, "schemas");
  const { orders, payments } = topics;
  await mkdir(join(schemas, orders), { recursive: true });
  await mkdir(join(schemas, payments), { recursive: true });
  await writeFile(join(schemas, orders, "OrderPlaced.avsc"), JSON.stringify(ORDER_PLACED));
  await writeFile(join(schemas, orders, "OrderCancelled.avsc"), JSON.stringify(ORDER_CANCELLED));
  await writeFile(join(schemas, payments, "Paid.avsc"), JSON.stringify(PAID));
  const config = join(folder, "eventql.config.mjs");
  await writeFile(config, configOf(topics));
  return { schemas, config };
}
