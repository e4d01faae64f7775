import type { createCommands } from "./command/create-commands.ts";
import type { Config, ConfigInput } from "./config.ts";
import type { StoreParts } from "./event-store/create-event-store.ts";
import type { EventStore } from "./event-store/event-store.ts";
import type { SchemaRegistry } from "./schema-registry/schema-registry.ts";
import { type Logger, silentLogger } from "./telemetry/logger.ts";

/** Where the settings of an event store come from: as those of the `eventql` command, without flags. */
export interface OpenEventStoreOptions extends Partial<Omit<ConfigInput, "flags">> {
  /** Settings by the names of the command line's flags, in camel case: `{ stack: "embedded", data: ".eventql" }`. */
  readonly settings?: ConfigInput["flags"];
  /** Default: nothing is logged. */
  readonly logger?: Logger;
}

/**
 * Opens the event store of the configured back-ends, beside the servers that run on them. What is appended to owned topics
 * is decided by their processors.
 * @throws EventQLError `CONFIG_INVALID`, `CATALOG_INVALID`, `REGISTRY_UNAVAILABLE`.
 */
export async function openEventStore(options: OpenEventStoreOptions = {}): Promise<EventStore> {
  const { settings: flags = {}, env = process.env, cwd = process.cwd(), logger = silentLogger } = options;
  // Loaded late: a configuration that imports "eventql" needs no drivers.
  const { loadConfig } = await import("./config.ts");
  const { openStack } = await import("./compose.ts");
  const { catalogOptions } = await import("./runtime/prepare.ts");
  const { createEventStore } = await import("./event-store/create-event-store.ts");
  const { createCommands } = await import("./command/create-commands.ts");
  const config = await loadConfig({ flags, env, cwd });
  const stack = await openStack(config, logger);
  try {
    return await createEventStore({
      ...stack,
      catalog: catalogOptions(config),
      source: `/eventql/${config.kafka.clientId}`,
      group: `${config.kafka.groupPrefix}-store`,
      logger,
      commands: (parts) => createCommands({ ...stack, ...commandOptions(config, parts), logger }),
      onClose: async () => await stack.close(),
    });
  } catch (error) {
    await stack.close();
    throw error;
  }
}

function commandOptions(
  { kafka, limits }: Config,
  { catalog, codec, source }: StoreParts,
): Omit<Parameters<typeof createCommands>[0], "log" | "readModel" | "logger"> {
  const topics = (): readonly string[] =>
    catalog.current().aggregates.flatMap(({ owned, topic }) => (owned === undefined ? [] : [topic]));
  return { codec, source, topics, group: `${kafka.groupPrefix}-store-outcomes`, maxWaiters: limits.waiters };
}

/** Opens a schema registry that speaks Confluent's API, by its URL: for `createEventStore`. */
export async function openRegistry(url: string, logger: Logger = silentLogger): Promise<SchemaRegistry> {
  const compose = await import("./compose.ts");
  return compose.openRegistry(url, logger);
}
