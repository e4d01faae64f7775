import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { uniqueName } from "../../support/real-stack.ts";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** The topics of a model's gateway: one with rules, one that drops repeated content, one with transactions. */
export interface ModelTopics {
  readonly counters: string;
  readonly notes: string;
  readonly accounts: string;
}

/** A domain's files. */
export interface ModelDomain {
  readonly topics: ModelTopics;
  readonly schemas: string;
  readonly config: string;
}

type Field = readonly [name: string, type: unknown, hints?: object];

function record(name: string, fields: readonly Field[], hints?: object): object {
  const avro = fields.map(([field, type, eventql]) => ({ name: field, type, ...(eventql && { eventql }) }));
  return { type: "record", name, namespace: "model", ...(hints && { eventql: hints }), fields: avro };
}

/** The rules, of which `decide.ts` is the model. */
const configOf = (topic: string): string => `
import { decider, event, reject } from ${JSON.stringify(INDEX)};
export default {
  aggregates: [decider({
    aggregate: "Counter", topic: ${JSON.stringify(topic)}, initial: { value: 0 },
    decide: {
      CreateCounter: (state, { value }) => state === undefined ? [event("CounterCreated", { value })] : reject("ALREADY_EXISTS"),
      CountOn: (state, { by }) => {
        if (by === 13) throw new TypeError("a rule with a bug");
        if (state === undefined) return reject("NOT_FOUND", "Create it first.");
        if (by === 10) return [event("Counted", { by: 5 }), event("Counted", { by: 5 })];
        return by === 0 ? [] : [event("Counted", { by })];
      },
      CloseCounter: (state) => state === undefined ? reject("NOT_FOUND") : [event("CounterClosed", {})],
    },
    evolve: {
      CounterCreated: (_state, { value }) => ({ value }),
      Counted: (state, { by }) => ({ value: state.value + by }),
      CounterClosed: () => undefined,
    },
  })],
};`;

/** Writes the schemas, and the configuration with the rules, into a folder. */
export async function writeModelDomain(folder: string): Promise<ModelDomain> {
  const topics = { counters: uniqueName("counters"), notes: uniqueName("notes"), accounts: uniqueName("accounts") };
  const schemas = join(folder, "schemas");
  const write = async (topic: string, name: string, fields: readonly Field[], hints?: object): Promise<void> => {
    await mkdir(join(schemas, topic), { recursive: true });
    await writeFile(join(schemas, topic, `${name}.avsc`), JSON.stringify(record(name, fields, hints)));
  };
  const counter = { aggregate: "Counter" };
  await write(topics.counters, "Counter", [["value", "int"]], { ...counter, state: true, history: true });
  await write(topics.counters, "CounterCreated", [["value", "int"]], counter);
  await write(topics.counters, "Counted", [["by", "int"]], counter);
  await write(topics.counters, "CounterClosed", [], counter);
  await write(`${topics.counters}.commands`, "CreateCounter", [["value", "int"]]);
  await write(`${topics.counters}.commands`, "CountOn", [["by", "int"]]);
  await write(`${topics.counters}.commands`, "CloseCounter", []);
  const note = { aggregate: "Note", owned: true, deduplicate: true, history: true };
  await write(topics.notes, "NoteSet", [["text", "string"]], note);
  const account = { aggregate: "Account", transactions: true };
  await write(topics.accounts, "AccountOpened", [["owner", "string"]], account);
  await write(topics.accounts, "MoneyMoved", [["amount", "int", { effect: "add" }]], account);
  const config = join(folder, "eventql.config.ts");
  await writeFile(config, configOf(topics.counters));
  return { topics, schemas, config };
}
