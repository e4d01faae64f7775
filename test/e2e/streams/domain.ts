import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** The topics of the example, by what they are for. */
export type Topics = Readonly<
  Record<
    "orders" | "imported" | "big" | "vip" | "regular" | "all" | "items" | "scored" | "copy" | "many" | "fast",
    string
  >
>;

/** Streams of each kind, as a user writes them. `party`: the address of an outside party. */
const configOf = (topics: Topics, party: string): string => `
import { event, merge, stream } from ${JSON.stringify(INDEX)};
const orders = stream(${JSON.stringify(topics.orders)});
const ask = async (path, body, signal) => {
  const answer = await fetch(${JSON.stringify(party)} + path, { method: "POST", body: JSON.stringify(body), signal });
  if (!answer.ok) throw new Error("the party said " + answer.status);
  return await answer.json();
};
const retry = { retries: 3, minDelayMs: 5, maxDelayMs: 20 };
export default {
  streams: [
    orders.filter(({ payload }) => payload.amount > 100).map(({ payload }) => event("BigOrder", { total: payload.amount })).to(${JSON.stringify(topics.big)}),
    orders.rekey(({ payload }) => payload.customer).branch({
      ${JSON.stringify(topics.vip)}: ({ key }) => key.startsWith("vip"),
      ${JSON.stringify(topics.regular)}: () => true,
    }),
    merge(
      orders.map(({ payload }) => event("AnyOrder", { amount: payload.amount })),
      stream(${JSON.stringify(topics.imported)}).map(({ payload }) => event("AnyOrder", { amount: payload.cents / 100 })),
    ).to(${JSON.stringify(topics.all)}),
    orders.flatMap(({ key, payload }) => payload.items.map((name) => ({ ...event("Item", { name, order: key }), key: name }))).to(${JSON.stringify(topics.items)}),
    orders.call(async ({ id, payload }, signal) => {
      const { score } = await ask("/score", { id, amount: payload.amount }, signal);
      return event("Scored", { score });
    }, retry).to(${JSON.stringify(topics.scored)}),
    orders.forEach(async ({ id, key }, signal) => void (await ask("/each", { id, key }, signal)), { name: ${JSON.stringify(`${topics.orders}-each`)}, ...retry }),
    orders.forEachBatch(async (events, signal) => void (await ask("/batch", events.map(({ id, key }) => ({ id, key })), signal)), { name: ${JSON.stringify(`${topics.orders}-batch`)}, ...retry }),
    orders.mirror(${JSON.stringify(topics.copy)}),
    stream(${JSON.stringify(topics.imported)}).flatMap(({ payload }) => [1, 2].map((part) => event("Part", { part, cents: payload.cents }))).to(${JSON.stringify(topics.many)}),
    stream(${JSON.stringify(topics.imported)}).map(({ payload }) => event("Quick", { cents: payload.cents })).to(${JSON.stringify(topics.fast)}, { guarantee: "at-least-once" }),
  ],
};`;

const avro = (name: string, namespace: string, fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    type: "record",
    name,
    namespace,
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  });

/** Writes schemas and configuration; returns the path of the latter. */
export async function writeDomain(folder: string, topics: Topics, party: string): Promise<string> {
  const write = async (topic: string, name: string, fields: Readonly<Record<string, unknown>>): Promise<void> => {
    await mkdir(join(folder, "schemas", topic), { recursive: true });
    await writeFile(join(folder, "schemas", topic, `${name}.avsc`), avro(name, "shop", fields));
  };
  const order = { customer: "string", amount: "int", items: { type: "array", items: "string" } };
  await write(topics.orders, "OrderPlaced", order);
  await write(topics.imported, "Imported", { cents: "int" });
  await write(topics.big, "BigOrder", { total: "int" });
  await write(topics.all, "AnyOrder", { amount: "double" });
  await write(topics.items, "Item", { name: "string", order: "string" });
  await write(topics.scored, "Scored", { score: "int" });
  await write(topics.many, "Part", { part: "int", cents: "int" });
  await write(topics.fast, "Quick", { cents: "int" });
  const config = join(folder, "eventql.config.ts");
  await writeFile(config, configOf(topics, party));
  return config;
}
