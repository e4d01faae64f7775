import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A domain in which whatever is applied twice, or not at all, shows: everything adds up. */
export interface BankDomain {
  readonly deposits: string;
  readonly big: string;
  readonly counters: string;
  /** The projection's name, and its list in GraphQL. */
  readonly owners: string;
  readonly ownersList: string;
  readonly config: string;
  readonly schemas: string;
}

const DEPOSITED = {
  type: "record",
  name: "Deposited",
  namespace: "test.bank",
  eventql: { aggregate: "Account" },
  fields: [
    { name: "owner", type: "string" },
    { name: "amount", type: "long", eventql: { effect: "add" } },
  ],
};

const BIG = {
  type: "record",
  name: "BigDeposit",
  namespace: "test.big",
  fields: [{ name: "amount", type: "long", eventql: { effect: "add" } }],
};

const COUNTED = {
  type: "record",
  name: "Counted",
  namespace: "test.bank",
  eventql: { aggregate: "Counter" },
  fields: [
    { name: "by", type: "long" },
    { name: "total", type: "long" },
  ],
};

const COUNT = { type: "record", name: "Count", namespace: "test.bank", fields: [{ name: "by", type: "long" }] };

/** Writes its schemas and its configuration into a folder; `unique` is part of every name. */
export async function writeBankDomain(folder: string, unique: string): Promise<BankDomain> {
  const [deposits, big, counters] = [`deposits-${unique}`, `big-${unique}`, `counters-${unique}`];
  const [owners, ownersList] = [`OwnerTotal${unique}`, `owners${unique}`];
  const schemas = join(folder, "schemas");
  const written = { [deposits]: [DEPOSITED], [big]: [BIG], [counters]: [COUNTED], [`${counters}.commands`]: [COUNT] };
  for (const [topic, types] of Object.entries(written)) {
    await mkdir(join(schemas, topic), { recursive: true });
    for (const type of types) await writeFile(join(schemas, topic, `${type.name}.avsc`), JSON.stringify(type));
  }
  const config = join(folder, "eventql.config.mjs");
  await writeFile(config, configOf({ deposits, big, counters, owners, ownersList }));
  return { deposits, big, counters, owners, ownersList, config, schemas };
}

const configOf = ({ deposits, big, counters, owners, ownersList }: Omit<BankDomain, "config" | "schemas">): string => `
import { decider, defineConfig, event, projection, stream } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};

const counter = decider({
  aggregate: "Counter",
  topic: ${JSON.stringify(counters)},
  initial: {},
  decide: { Count: (state, { by }) => [event("Counted", { by, total: (state?.total ?? 0n) + by })] },
});

const owners = projection({
  name: ${JSON.stringify(owners)},
  plural: ${JSON.stringify(ownersList)},
  from: [${JSON.stringify(deposits)}],
  key: ({ payload }) => payload.owner,
  columns: { total: "long" },
  initial: { total: 0n },
  evolve: { Deposited: ({ total }, { amount }) => ({ total: total + amount }) },
});

const bigOnes = stream(${JSON.stringify(deposits)})
  .filter(({ payload }) => payload.amount >= 50n)
  .map(({ payload }) => event("BigDeposit", { amount: payload.amount }))
  .to(${JSON.stringify(big)});

export default defineConfig({
  topics: ${JSON.stringify([deposits, big, counters])},
  aggregates: [counter],
  projections: [owners],
  streams: [bigOnes],
});
`;
