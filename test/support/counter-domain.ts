import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An owned topic whose rules count: each event carries the total behind it, so that what is lost or doubled shows. */
export interface CounterDomain {
  readonly schemas: string;
  readonly config: string;
}

const COUNTED = {
  type: "record",
  name: "Counted",
  namespace: "test",
  eventql: { aggregate: "Counter" },
  fields: [
    { name: "by", type: "long" },
    { name: "total", type: "long" },
  ],
};

const COUNT = { type: "record", name: "Count", namespace: "test", fields: [{ name: "by", type: "long" }] };

/** The rules, of which {@link expectedOf} is the model: 0 is refused, 10 are two events. */
const configOf = (topic: string): string => `
import { decider, defineConfig, event, reject } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};

const counted = (total, by) => event("Counted", { by, total: total + by });

const counter = decider({
  aggregate: "Counter",
  topic: ${JSON.stringify(topic)},
  initial: {},
  decide: {
    Count(state, { by }) {
      const total = state?.total ?? 0n;
      if (by === 0n) return reject("NOTHING", "There is nothing to count.");
      return by === 10n ? [counted(total, 5n), counted(total + 5n, 5n)] : [counted(total, by)];
    },
  },
});

export default defineConfig({ topics: [${JSON.stringify(topic)}], aggregates: [counter] });
`;

/** Writes the schemas, and the configuration with the rules, into a folder. */
export async function writeCounterDomain(folder: string, topic: string): Promise<CounterDomain> {
  const schemas = join(folder, "schemas");
  await mkdir(join(schemas, topic), { recursive: true });
  await mkdir(join(schemas, `${topic}.commands`), { recursive: true });
  await writeFile(join(schemas, topic, "Counted.avsc"), JSON.stringify(COUNTED));
  await writeFile(join(schemas, `${topic}.commands`, "Count.avsc"), JSON.stringify(COUNT));
  const config = join(folder, "eventql.config.mjs");
  await writeFile(config, configOf(topic));
  return { schemas, config };
}

/** A command as the log has it. */
export interface CountCommand {
  readonly commandId: string;
  readonly key: string;
  readonly by: bigint;
}

/** An event as the log has it. */
export interface CountedEvent {
  /** Of the command that led to it. */
  readonly commandId: string;
  readonly by: bigint;
  readonly total: bigint;
}

/** What the commands, in the order of their log, have to lead to: of each key, its events. */
export function expectedOf(commands: readonly CountCommand[]): ReadonlyMap<string, readonly CountedEvent[]> {
  const seen = new Set<string>();
  const events = new Map<string, CountedEvent[]>();
  for (const { commandId, key, by } of commands) {
    if (seen.has(commandId)) continue;
    seen.add(commandId);
    if (by === 0n) continue;
    const own = events.get(key) ?? [];
    events.set(key, own);
    for (const part of by === 10n ? [5n, 5n] : [by])
      own.push({ commandId, by: part, total: (own.at(-1)?.total ?? 0n) + part });
  }
  return events;
}
