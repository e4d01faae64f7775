import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** The topics of the example, by what they are for. */
export type Topics = Readonly<Record<"transfers" | "valid" | "invalid" | "alerts" | "reports", string>>;

/** Functions with state, as a user writes them. */
const configOf = (topics: Topics): string => `
import { event, reject, stream, transition } from ${JSON.stringify(INDEX)};
const transfers = stream(${JSON.stringify(topics.transfers)});
const limit = transfers
  .validate({
    name: "Limit",
    columns: { spent: "long" },
    initial: { spent: 0n },
    rules: {
      Transferred: ({ spent }, { amount }) =>
        spent + amount > 100n ? reject("LIMIT", "More than 100 are spent.") : { spent: spent + amount },
    },
  })
  .to(${JSON.stringify(topics.valid)}, { rejected: ${JSON.stringify(topics.invalid)} });
const large = transfers
  .filter(({ payload }) => payload.amount >= 50n)
  .reduce({
    name: "Large",
    columns: { count: "int" },
    initial: { count: 0 },
    evolve: { Transferred: ({ count }) => ({ count: count + 1 }) },
  });
const received = transfers
  .rekey(({ payload }) => payload.to)
  .process({
    name: "Received",
    columns: { total: "long" },
    initial: { total: 0n },
    rules: {
      Transferred({ total }, { amount }, { key, id }) {
        const next = { total: total + amount };
        // What doesn't fit its schema is a dead letter of the transfer.
        const from = amount === 13n ? null : key;
        return transition(next, { ...event("Credited", { total: next.total, from }), key: "all-" + id });
      },
    },
  })
  .branch({
    ${JSON.stringify(topics.alerts)}: ({ payload }) => payload.total > 120n,
    ${JSON.stringify(topics.reports)}: () => true,
  });
export default { streams: [limit, large, received] };`;

/** Writes schemas and configuration; returns the path of the latter. */
export async function writeDomain(folder: string, topics: Topics): Promise<string> {
  const write = async (topic: string, name: string, fields: Readonly<Record<string, unknown>>): Promise<void> => {
    await mkdir(join(folder, "schemas", topic), { recursive: true });
    const list = Object.entries(fields).map(([field, type]) => ({ name: field, type }));
    const schema = { type: "record", name, namespace: "bank", fields: list };
    await writeFile(join(folder, "schemas", topic, `${name}.avsc`), JSON.stringify(schema));
  };
  await write(topics.transfers, "Transferred", { to: "string", amount: "long" });
  const credited = { total: "long", from: "string" };
  await write(topics.alerts, "Credited", credited);
  await write(topics.reports, "Credited", credited);
  const config = join(folder, "eventql.config.mjs");
  await writeFile(config, configOf(topics));
  return config;
}
