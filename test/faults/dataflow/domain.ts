import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import avsc from "avsc";
import type { LogRecord } from "../../../src/model/event.ts";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** The topics of the example: orders and payments lead to what was spent, and together to balances. */
export interface Topics {
  readonly orders: string;
  readonly payments: string;
  readonly spent: string;
  readonly balances: string;
}

/** A stream with state and a join, whose outputs number themselves: what is lost, doubled or out of order shows. */
const configOf = ({ orders, payments, spent, balances }: Topics): string => `
import { defineConfig, event, join, stream, transition } from ${JSON.stringify(INDEX)};

const spending = stream(${JSON.stringify(orders)})
  .process({
    name: "Spending",
    columns: { orders: "long", total: "long" },
    initial: { orders: 0n, total: 0n },
    rules: {
      Placed({ orders, total }, { amount }) {
        const next = { orders: orders + 1n, total: total + amount };
        return transition(next, event("Spent", next));
      },
    },
  })
  .to(${JSON.stringify(spent)});

const moved = (state, by, source) => {
  const next = { moves: state.moves + 1n, balance: state.balance + by };
  return transition(next, event("Moved", { ...next, by, source }));
};

const balance = join({
  name: "Balance",
  from: ${JSON.stringify([orders, payments])},
  partitions: 5,
  columns: { moves: "long", balance: "long" },
  initial: { moves: 0n, balance: 0n },
  rules: {
    Placed: (state, { amount }) => moved(state, -amount, "orders"),
    Paid: (state, { amount }) => moved(state, amount, "payments"),
  },
}).to(${JSON.stringify(balances)});

export default defineConfig({
  topics: ${JSON.stringify([orders, payments, spent, balances])},
  streams: [spending, balance],
});
`;

const AMOUNT = { amount: "long" };
const SPENT = { orders: "long", total: "long" };
const MOVED = { moves: "long", balance: "long", by: "long", source: "string" };

/** Writes schemas and configuration; returns the path of the latter. */
export async function writeDomain(folder: string, topics: Topics): Promise<string> {
  const write = async (topic: string, name: string, fields: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(join(folder, "schemas", topic), { recursive: true });
    await writeFile(join(folder, "schemas", topic, `${name}.avsc`), JSON.stringify(recordOf(name, fields)));
  };
  await write(topics.orders, "Placed", AMOUNT);
  await write(topics.payments, "Paid", AMOUNT);
  await write(topics.spent, "Spent", SPENT);
  await write(topics.balances, "Moved", MOVED);
  const config = join(folder, "eventql.config.mjs");
  await writeFile(config, configOf(topics));
  return config;
}

function recordOf(name: string, fields: Readonly<Record<string, string>>): avsc.Schema & object {
  return { type: "record", name, fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })) };
}

/** An order or a payment. */
export interface Amount {
  readonly key: string;
  readonly amount: number;
}

/** As many of a topic's events: those of a key are spread over all of them. */
export function amounts(count: number, keys: number): readonly Amount[] {
  return Array.from({ length: count }, (_, index) => ({ key: `key-${index % keys}`, amount: (index % 97) + 1 }));
}

const types = {
  spent: avsc.Type.forSchema(recordOf("Spent", SPENT)),
  moved: avsc.Type.forSchema(recordOf("Moved", MOVED)),
};

/** What outputs say, by their keys, each key's in order. */
export type Outputs = Readonly<Record<string, readonly Readonly<Record<string, number | string>>[]>>;

/** Reads outputs. */
export function readOutputs(kind: "spent" | "moved", records: readonly LogRecord[]): Outputs {
  const byKey = Map.groupBy(records, ({ key }) => Buffer.from(key ?? []).toString());
  return Object.fromEntries(
    [...byKey].map(([key, own]) => [
      key,
      own.map(({ value }) => ({ ...types[kind].fromBuffer(Buffer.from(value ?? []).subarray(5)) })),
    ]),
  );
}

/** What orders lead to, by their keys. */
export function expectedSpent(orders: readonly Amount[]): Outputs {
  return outputsOf(orders, (own) => {
    let total = 0;
    return own.map(({ amount }, index) => ({ orders: index + 1, total: (total += amount) }));
  });
}

/** What a key's moves must be, in whichever order its orders and payments came together. */
export function expectedMoves(moves: Outputs[string]): Outputs[string] {
  let balance = 0;
  return moves.map((move, index) => ({ ...move, moves: index + 1, balance: (balance += Number(move["by"])) }));
}

/** What of a key's moves came from a topic. */
export function movesFrom(source: "orders" | "payments", moves: Outputs[string]): readonly number[] {
  return moves.filter((move) => move["source"] === source).map(({ by }) => Math.abs(Number(by)));
}

/** By their keys, the amounts of events in order. */
export function amountsByKey(events: readonly Amount[]): Readonly<Record<string, readonly number[]>> {
  return outputsOf(events, (own) => own.map(({ amount }) => amount));
}

function outputsOf<T>(events: readonly Amount[], lead: (own: readonly Amount[]) => T): Readonly<Record<string, T>> {
  return Object.fromEntries([...Map.groupBy(events, ({ key }) => key)].map(([key, own]) => [key, lead(own)]));
}
