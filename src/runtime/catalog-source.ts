import { gatherSubjects } from "../catalog/gather.ts";
import type { CatalogSource, KnownFault, TopicFault } from "../catalog/live-catalog.ts";
import { projectionDefinition } from "../catalog/projection-definition.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Aggregate, Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createIntermediateTopics } from "./projections/intermediate-topics.ts";
import type { ProcessBuilds } from "./builds/process-builds.ts";
import { type Refusals, joinRefusals, refusalsOf, settleCatalog } from "./builds/settle-catalog.ts";
import { FaultReport, reportChange } from "./catalog-report.ts";
import { type Ports, catalogOptions, ensureCollections } from "./prepare.ts";
import { createMissingTopics } from "./prepare-topics.ts";

/** What taking over newer catalogs needs. */
export interface CatalogSourceOptions {
  readonly ports: Ports;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly builds: ProcessBuilds;
  /** The first catalog, as its schemas have it. */
  readonly first: Catalog;
  /** What was refused at the start. */
  readonly refused: Refusals;
  /** Builds the API of a catalog. @throws EventQLError `CATALOG_INVALID` where there can't be one. */
  checkApi(catalog: Catalog): void;
  /** Another catalog is in use, or other topics are refused. */
  changed(): void;
}

/** Reads the registry, and makes ready what its catalogs need: the API, topics, collections, builds. */
export class RegistryCatalogSource implements CatalogSource {
  readonly options: CatalogSource["options"];
  readonly #options: CatalogSourceOptions;
  readonly #faults: FaultReport;
  /** What isn't projected until something else is mended. */
  #refused: Refusals;
  #refusedNext: Refusals;
  /** What isn't, until its documents are built anew. */
  #rebuilt: Refusals = { topics: [], projections: [] };

  constructor(options: CatalogSourceOptions) {
    this.options = catalogOptions(options.config);
    this.#options = options;
    this.#faults = new FaultReport(options.logger);
    this.#refused = options.refused;
    this.#refusedNext = options.refused;
    this.#rebuilt = refusalsOf(options.builds.changed(options.first));
  }

  /** What is in the API and isn't projected by this process. */
  refused(): Refusals {
    return joinRefusals(this.#refused, this.#rebuilt);
  }

  revision: CatalogSource["revision"] = async () => await this.#options.ports.registry.revision();

  gather: CatalogSource["gather"] = async () => await gatherSubjects(this.#options.ports.registry);

  accept: CatalogSource["accept"] = async (next, current) => {
    const { ports, config, builds } = this.#options;
    this.#refusedNext = this.#refused;
    this.#options.checkApi(next);
    const changed = changedTopics(next, current);
    const isAffected = (topic: string): boolean => changed.has(topic) || this.#wasRefused(topic);
    const affected = topicAggregates(next.aggregates).filter(({ topic }) => isAffected(topic));
    const part = { ...next, aggregates: affected };
    if (config.createTopics) await createMissingTopics(ports.log, part, config.topicSettings);
    await createIntermediateTopics(ports.log, next.aggregates);
    const refused = await settleCatalog(this.#options, part);
    const projected = new Set(topicAggregates(current.aggregates).map(({ topic }) => topic));
    const faulty = refused.topics.filter(({ topic }) => projected.has(topic) && !this.#wasRefused(topic));
    builds.offer(next);
    const used = this.inUse(next);
    const beside = builds.all().flatMap(({ aggregates }) => aggregates);
    await ensureCollections(ports, [...used.aggregates.filter(isOtherThanIn(current)), ...beside]);
    const topics = refused.topics.filter((each) => !faulty.includes(each));
    this.#refusedNext = { ...this.#refused, topics };
    return faulty.map(({ topic, error }): TopicFault => ({ topic, code: error.code, reason: error.message }));
  };

  inUse(catalog: Catalog): Catalog {
    return this.#options.builds.inUse(catalog, (used) => this.#options.checkApi(used));
  }

  isPending(topic: string): boolean {
    return this.#options.builds.isPending(topic);
  }

  changed(next: Catalog, before: Catalog, faults: readonly KnownFault[]): void {
    const { logger, metrics, builds } = this.#options;
    reportChange(next, before, logger);
    this.#faults.update(faults);
    metrics.catalogRefreshed(faults[0]?.code ?? "OK");
    this.#settleRefused();
    builds.offer(next);
    this.#rebuilt = refusalsOf(builds.changed(next));
    this.#options.changed();
  }

  isUnsettled(): boolean {
    return this.#refused.topics.length > 0;
  }

  #wasRefused(of: string): boolean {
    return this.#refused.topics.some(({ topic }) => topic === of);
  }

  #settleRefused(): void {
    const { logger } = this.#options;
    const still = new Set(this.#refusedNext.topics.map(({ topic }) => topic));
    for (const { topic, error } of this.#refusedNext.topics) {
      if (!this.#wasRefused(topic)) logger.error({ topic, code: error.code }, error.message);
    }
    for (const { topic } of this.#refused.topics)
      if (!still.has(topic)) logger.info({ topic }, "the topic is not refused any more");
    this.#refused = this.#refusedNext;
  }
}

/** Topics that are new, or whose events would be applied in another way. */
function changedTopics(next: Catalog, current: Catalog): ReadonlySet<string> {
  if (next.aggregates === current.aggregates) return new Set();
  const before = definitions(current);
  return new Set([...definitions(next)].flatMap(([topic, text]) => (before.get(topic) === text ? [] : [topic])));
}

function definitions({ aggregates }: Catalog): ReadonlyMap<string, string> {
  const byTopic = Map.groupBy(topicAggregates(aggregates), ({ topic }) => topic);
  return new Map(
    [...byTopic].map(([topic, own]) => {
      // The topics beside an owned one are others where there are transactions.
      const transactions = own.map(({ owned }) => owned?.transactions === true);
      return [topic, JSON.stringify([projectionDefinition(own), transactions])];
    }),
  );
}

function isOtherThanIn({ aggregates }: Catalog): (aggregate: Aggregate) => boolean {
  const specOf = ({ collection, previous, history }: Aggregate): string =>
    JSON.stringify([collection, previous, history]);
  const known = new Set(aggregates.map(specOf));
  return (aggregate) => !known.has(specOf(aggregate));
}
