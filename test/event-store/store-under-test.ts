import { join } from "node:path";
import { onTestFinished } from "vitest";
import { MemoryEventLog } from "../../examples/back-end/memory-event-log.ts";
import { MemoryStore } from "../../examples/back-end/memory-store.ts";
import type { Commands } from "../../src/command/commands.ts";
import { createEventStore } from "../../src/event-store/create-event-store.ts";
import type { EventStore } from "../../src/event-store/event-store.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** As `eventql codegen` writes them. */
export type ValueEvent =
  | { readonly type: "ValueSet"; readonly payload: { readonly value: bigint } }
  | { readonly type: "ValueAdded"; readonly payload: { readonly by: number; readonly note?: string | null } };

const record = (name: string, fields: readonly object[], hints: object = {}): string =>
  JSON.stringify({ type: "record", name, namespace: "calculator", eventql: hints, fields });

/** Registers the events of a topic; the names of their types begin with `prefix`. */
export async function registerValues(
  registry: SchemaRegistry,
  topic: string,
  prefix = "",
  hints: object = {},
): Promise<void> {
  const set = record(`${prefix}ValueSet`, [{ name: "value", type: "long" }], hints);
  await registry.register(`${topic}-calculator.${prefix}ValueSet`, set);
  const fields = [
    { name: "by", type: "int" },
    { name: "note", type: ["null", "string"], default: null },
  ];
  await registry.register(`${topic}-calculator.${prefix}ValueAdded`, record(`${prefix}ValueAdded`, fields));
}

/** A store in memory, and what stands behind it. */
export interface StoreUnderTest {
  readonly store: EventStore;
  readonly memory: MemoryStore;
  readonly log: MemoryEventLog;
  readonly registry: SchemaRegistry;
}

/** Opens a store with the topics `values` (of three partitions) and `owned`; it closes after the test. */
export async function openStore(commands?: Commands): Promise<StoreUnderTest> {
  const folder = await temporaryFolder();
  const registry = openEmbeddedRegistry({ file: join(folder.path, "registry.db") });
  await registerValues(registry, "values");
  await registerValues(registry, "owned", "Owned", { owned: true, transactions: true });
  const memory = new MemoryStore();
  const log = new MemoryEventLog(memory);
  await log.createTopics(["values", "owned"].map((name) => ({ name, partitions: 3 })));
  const store = await createEventStore({ log, registry, ...(commands && { commands: () => commands }) });
  onTestFinished(async () => {
    await store.close();
    await log.close();
    await registry.close();
    await folder.remove();
  });
  return { store, memory, log, registry };
}
