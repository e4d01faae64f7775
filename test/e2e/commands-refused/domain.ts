import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const INDEX = new URL("../../../src/index.ts", import.meta.url).href;

/** What its rule can do wrong. */
export const MISDEEDS = [
  "THROW",
  "THROW_NOTHING",
  "PROMISE",
  "REJECTED_PROMISE",
  "NUMBER",
  "NOTHING",
  "NO_EVENT",
  "UNKNOWN_EVENT",
  "WRONG_FIELD",
  "NO_FIELD",
  "CHANGES_STATE",
  "AS_SECOND",
  "WRONG_STATE",
  "WRONG_STATE_AS_SECOND",
] as const;

/** A rule that does whatever it is told to, right and wrong. */
const configOf = (topic: string): string => `
import { decider, event } from ${JSON.stringify(INDEX)};
const did = (text) => event("Done", { text });
const misdeeds = {
  THROW: () => { throw new TypeError("secret"); },
  THROW_NOTHING: () => { throw undefined; },
  PROMISE: async () => [did("later")],
  REJECTED_PROMISE: async () => { throw new TypeError("later"); },
  NUMBER: () => 42,
  NOTHING: () => undefined,
  NO_EVENT: () => ["Done"],
  UNKNOWN_EVENT: () => [event("Undone", { text: "x" })],
  WRONG_FIELD: () => [event("Done", { text: 7 })],
  NO_FIELD: () => [event("Done", {})],
  CHANGES_STATE: (state) => { (state ?? {}).tags.push("changed"); return []; },
  AS_SECOND: () => [did("first"), event("Done", { text: 7 })],
  WRONG_STATE: () => [did("wrong state")],
  WRONG_STATE_AS_SECOND: () => [did("first"), did("wrong state")],
};
export default {
  aggregates: [decider({
    aggregate: "Deed", topic: ${JSON.stringify(topic)}, initial: { text: "", done: 0, tags: [] },
    decide: {
      Do: (_state, { text, times }) => [did(text.repeat(times))],
      Misbehave: (state, { how }) => misdeeds[how](state),
    },
    evolve: {
      Done: (state, { text }) =>
        ({ text: text === "wrong state" ? 7 : text.slice(0, 10), done: state.done + 1, tags: ["one"] }),
    },
  })],
  routes: {
    "POST /do/{id}": { command: "Do", wait: "DECIDED", timeoutMs: 20000 },
    "POST /misbehave/{id}": { command: "Misbehave", wait: "DECIDED", timeoutMs: 20000 },
  },
};`;

const text = { name: "text", type: "string" };
const how = { type: "enum", name: "How", symbols: MISDEEDS };
const tags = { type: "array", items: "string" };

/** Writes the schemas, and the configuration with the rules, into a folder. */
export async function writeDeeds(folder: string, topic: string): Promise<{ readonly flags: readonly string[] }> {
  const schemas = join(folder, "schemas");
  const write = async (of: string, name: string, fields: readonly object[], state = false): Promise<void> => {
    await mkdir(join(schemas, of), { recursive: true });
    const eventql = { aggregate: "Deed", ...(state && { state }) };
    const schema = { type: "record", name, namespace: "deeds", eventql, fields };
    await writeFile(join(schemas, of, `${name}.avsc`), JSON.stringify(schema));
  };
  await write(topic, "Deed", [text, { name: "done", type: "int" }, { name: "tags", type: tags }], true);
  await write(topic, "Done", [text]);
  await write(`${topic}.commands`, "Do", [text, { name: "times", type: "int", default: 1 }]);
  await write(`${topic}.commands`, "Misbehave", [{ name: "how", type: how }]);
  const config = join(folder, "eventql.config.ts");
  await writeFile(config, configOf(topic));
  return { flags: ["--schemas", schemas, "--config", config, "--topics", topic] };
}
