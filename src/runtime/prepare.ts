import type { Aggregate, Catalog } from "../catalog/types.ts";
import { type CatalogOptions, buildCatalog } from "../catalog/build.ts";
import { gatherSubjects } from "../catalog/gather.ts";
import { type NameLock, parseNameLock } from "../catalog/name-lock.ts";
import { type CatalogState, firstState } from "../catalog/reload.ts";
import { outcomeCollections } from "../command/stored-outcome.ts";
import { outboxCollections } from "../dataflow/outbox/outbox.ts";
import type { Config } from "../config.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { misfitsOf } from "../fold/projected-fold.ts";
import { DEFINITIONS } from "../projector/builds/stored-builds.ts";
import { deadLetterCollections } from "../read-model/dead-letters.ts";
import { invalidationCollections } from "../projector/invalidations.ts";
import { journalCollections } from "../projector/journal.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { requestCollections } from "../read-model/settlement/requests.ts";
import { settlementCollections } from "../read-model/settlement/settlements.ts";
import { registerFolder } from "../schema-registry/register-folder.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";
import type { Logger } from "../telemetry/logger.ts";
import { BuildBook } from "./builds/build-book.ts";
import { KnownDefinitions } from "./builds/known-definitions.ts";
import { ProcessBuilds } from "./builds/process-builds.ts";
import { type Refusals, settleCatalog } from "./builds/settle-catalog.ts";
import { reportSkipped } from "./catalog-report.ts";
import { createMissingTopics } from "./prepare-topics.ts";
import { createIntermediateTopics } from "./projections/intermediate-topics.ts";
import { untilReachable } from "./reachable.ts";
import { wantedStreams } from "./streams/only.ts";
import { checkStreams } from "./streams/stream-problems.ts";
import { createStreamTopics } from "./streams/stream-topics.ts";
import { writingProjections } from "./streams/writing-projections.ts";
import { warnOfTopics } from "./topic-differences.ts";

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
  /** The catalog to use of that, as builds stand. */
  readonly catalog: Catalog;
  readonly builds: ProcessBuilds;
  /** What can't be projected, but for what is built anew. */
  readonly refused: Refusals;
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
  projections = [],
  streams = [],
  kafka,
  ...config
}: Pick<
  Config,
  "kafka" | "topics" | "hints" | "indexes" | "aggregates" | "projections" | "streams" | "lock" | "lockText" | "sources"
>): CatalogOptions {
  const lock = lockOf(config);
  return {
    projections: [...projections, ...streams.filter((flow) => flow.kind === "projection")],
    streams: streams.flatMap((flow) => (flow.kind === "stream" ? [flow.name] : [])),
    checkState: misfitsOf,
    group: kafka.groupPrefix,
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
  const streams = [...wantedStreams(config), ...writingProjections(config)];
  checkStreams(streams, catalog, logger);
  if (config.createTopics) await createMissingTopics(log, catalog, config.topicSettings);
  if (config.createTopics) await createStreamTopics(log, streams, config.topicSettings);
  await warnOfTopics(log, config.topicSettings, logger);
  await createIntermediateTopics(log, catalog.aggregates);
  const settling = [...requestCollections, ...settlementCollections];
  const own = [...deadLetterCollections, ...settling, ...invalidationCollections, ...outcomeCollections];
  await readModel.ensureCollections([{ name: DEFINITIONS }, ...own, ...outboxCollections]);
  const builds = openBuilds(ports, logger);
  const refused = await settleCatalog({ ports, config, builds, logger }, catalog);
  for (const { topic, error } of refused.topics) logger.error({ topic, code: error.code }, error.message);
  for (const { projection, error } of refused.projections)
    logger.error({ projection, code: error.code }, error.message);
  builds.offer(catalog);
  const used = builds.inUse(catalog, () => {});
  await ensureCollections(ports, [...used.aggregates, ...builds.all().flatMap(({ aggregates }) => aggregates)]);
  return { state, revision, catalog: used, builds, refused };
}

function openBuilds(ports: Ports, logger: Logger): ProcessBuilds {
  const book = new BuildBook({ readModel: ports.readModel, logger });
  return new ProcessBuilds(book, new KnownDefinitions(ports), ports.readModel);
}
