import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How many events over how many keys, of which some are deleted at the end. */
export const LOAD = { events: 50_000, keys: 500, deleted: 50 } as const;

/** An event of the load: it adds `amount` to its key's total. */
export interface Addition {
  readonly key: string;
  readonly amount: number;
}

/** The additions, in order: those of a key are spread over the whole load. */
export function additions(): readonly Addition[] {
  return Array.from({ length: LOAD.events }, (_, index) => ({
    key: keyOf(index % LOAD.keys),
    amount: (index % 7) + 1,
  }));
}

/** The keys that get a tombstone after all of their additions. */
export function deletedKeys(): readonly string[] {
  return Array.from({ length: LOAD.deleted }, (_, index) => keyOf(index));
}

/** What must be stored in the end: each event counted exactly once, deletes still deleted. */
export function expectedTotals(): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { key, amount } of additions()) totals.set(key, (totals.get(key) ?? 0) + amount);
  for (const key of deletedKeys()) totals.delete(key);
  return totals;
}

function keyOf(index: number): string {
  return `key-${index}`;
}

/** The Avro schema of an addition. */
export const ADDED: string = JSON.stringify({
  type: "record",
  name: "Added",
  namespace: "test",
  eventql: { aggregate: "Counter", history: true },
  fields: [{ name: "total", type: "long", eventql: { effect: "add" } }],
});

/** Writes the schema where a gateway finds it. @returns the folder of schemas */
export async function writeSchemas(folder: string, topic: string): Promise<string> {
  const schemas = join(folder, "schemas");
  await mkdir(join(schemas, topic), { recursive: true });
  await writeFile(join(schemas, topic, "Added.avsc"), ADDED);
  return schemas;
}
