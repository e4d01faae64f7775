import type { Catalog } from "../catalog/types.ts";
import { gatherCatalog } from "../catalog/gather.ts";
import type { Config } from "../config.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { DEFINITIONS } from "../projector/definitions.ts";
import { deadLetterCollections } from "../projector/dead-letters.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { registerFolder } from "../schema-registry/register-folder.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type RefusedTopic, createMissingTopics, refuseTopics } from "./prepare-topics.ts";
import { untilReachable } from "./reachable.ts";

/** Subjects that were left out which the log names: a registry that many share may have hundreds. */
const NAMED_SKIPPED = 10;

/** The back-ends of a process. */
export interface Ports {
  readonly log: EventLog;
  readonly registry: SchemaRegistry;
  readonly readModel: ReadModel;
}

/** What a process begins with. */
export interface Prepared {
  readonly catalog: Catalog;
  readonly refused: readonly RefusedTopic[];
}

/** The catalog as the configuration limits and hints it. */
export async function gatherConfigured(registry: SchemaRegistry, config: Config): Promise<Catalog> {
  const { topics, hints } = config;
  return await gatherCatalog(registry, {
    ...(topics === undefined ? {} : { topics }),
    ...(hints === undefined ? {} : { hints }),
  });
}

/** Makes the collections of a catalog ready. */
export async function ensureCollections(readModel: ReadModel, catalog: Catalog): Promise<void> {
  const names = [DEFINITIONS, ...catalog.aggregates.map(({ collection }) => collection)];
  await readModel.ensureCollections([...names.map((name) => ({ name })), ...deadLetterCollections]);
}

/**
 * Waits for the servers, then makes ready what the schemas ask for.
 * @throws EventQLError `SCHEMA_INVALID`, `SCHEMA_INCOMPATIBLE`, `CATALOG_INVALID`: what people have to mend first.
 */
export async function prepare(ports: Ports, config: Config, signal: AbortSignal, logger: Logger): Promise<Prepared> {
  const { log, registry, readModel } = ports;
  await Promise.all([
    untilReachable({ name: "the event log", ping: async () => await log.ping() }, signal, logger),
    untilReachable({ name: "the schema registry", ping: async () => await registry.ping() }, signal, logger),
    untilReachable({ name: "the read model", ping: async () => await readModel.ping() }, signal, logger),
  ]);
  if (config.schemas !== undefined) await registerFolder(registry, config.schemas);
  const catalog = await gatherConfigured(registry, config);
  for (const skipped of catalog.skipped.slice(0, NAMED_SKIPPED)) logger.warn({ ...skipped }, "subject left out");
  const more = catalog.skipped.length - NAMED_SKIPPED;
  if (more > 0) logger.warn({ more }, "more subjects are left out: /readyz names them all");
  if (config.createTopics) await createMissingTopics(log, catalog);
  await ensureCollections(readModel, catalog);
  const refused = await refuseTopics(log, readModel, catalog);
  for (const { topic, error } of refused) logger.error({ topic, code: error.code }, error.message);
  return { catalog, refused };
}
