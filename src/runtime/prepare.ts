import type { Aggregate, Catalog } from "../catalog/types.ts";
import { type CatalogOptions, buildCatalog } from "../catalog/build.ts";
import { gatherSubjects } from "../catalog/gather.ts";
import { type NameLock, parseNameLock } from "../catalog/name-lock.ts";
import { type CatalogState, firstState } from "../catalog/reload.ts";
import { outcomeCollections } from "../command/stored-outcome.ts";
import type { Config } from "../config.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { DEFINITIONS } from "../projector/definitions.ts";
import { deadLetterCollections } from "../projector/dead-letters.ts";
import { invalidationCollections } from "../projector/invalidations.ts";
import { journalCollections } from "../projector/journal.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { registerFolder } from "../schema-registry/register-folder.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";
import type { Logger } from "../telemetry/logger.ts";
import { reportSkipped } from "./catalog-report.ts";
import { type RefusedTopic, createMissingTopics, refuseTopics } from "./prepare-topics.ts";
import { untilReachable } from "./reachable.ts";

/** The back-ends of a process. */
export interface Ports {
  readonly log: EventLog;
  readonly registry: SchemaRegistry;
  readonly readModel: ReadModel;
}

/** What a process begins with. */
export interface Prepared {
  readonly state: CatalogState;
  /** The registry's revision before the catalog was gathered. */
  readonly revision: string;
  readonly refused: readonly RefusedTopic[];
}

/**
 * How the configuration limits and hints catalogs, and the names that they keep.
 * @throws EventQLError `CONFIG_INVALID` for a lock file that can't be used.
 */
export function catalogOptions({
  topics,
  hints,
  indexes,
  aggregates: deciders,
  ...config
}: Pick<Config, "topics" | "hints" | "indexes" | "aggregates" | "lock" | "lockText" | "sources">): CatalogOptions {
  const lock = lockOf(config);
  return {
    ...(topics && { topics }),
    ...(hints && { hints }),
    ...(indexes && { indexes }),
    ...(deciders && { deciders }),
    ...(lock && { lock }),
  };
}

function lockOf({ lock, lockText, sources }: Pick<Config, "lock" | "lockText" | "sources">): NameLock | undefined {
  if (lockText !== undefined) return parseNameLock(lockText, lock);
  if (sources["lock"] === undefined) return undefined;
  const remedy = "make it by eventql schema lock, or remove the setting";
  throw new EventQLError(
    "CONFIG_INVALID",
    `${sources["lock"]} names the lock file ${lock}, which isn't there: ${remedy}.`,
  );
}

/** The catalog as the configuration limits and hints it. */
export async function gatherConfigured(registry: SchemaRegistry, config: Config): Promise<Catalog> {
  return buildCatalog(await gatherSubjects(registry), catalogOptions(config));
}

/** Makes the collections of aggregates ready, and their journals where the log isn't one itself. */
export async function ensureCollections(
  { log, readModel }: Pick<Ports, "log" | "readModel">,
  aggregates: readonly Aggregate[],
): Promise<void> {
  const documents = aggregates.map(({ collection: name, previous }) => ({ name, previous }));
  await readModel.ensureCollections([...documents, ...(log.findsKeys ? [] : journalCollections(aggregates))]);
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
  const revision = await registry.revision();
  const state = firstState(await gatherSubjects(registry), catalogOptions(config));
  const { catalog } = state;
  reportSkipped(catalog.skipped, logger);
  if (config.createTopics) await createMissingTopics(log, catalog);
  const own = [...deadLetterCollections, ...invalidationCollections, ...outcomeCollections];
  await readModel.ensureCollections([{ name: DEFINITIONS }, ...own]);
  await ensureCollections(ports, catalog.aggregates);
  const refused = await refuseTopics(log, readModel, catalog);
  for (const { topic, error } of refused) logger.error({ topic, code: error.code }, error.message);
  return { state, revision, refused };
}
