import { gatherSubjects } from "../catalog/gather.ts";
import type { CatalogSource, KnownFault, TopicFault } from "../catalog/live-catalog.ts";
import { projectionDefinition } from "../catalog/projection-definition.ts";
import type { Aggregate, Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { FaultReport, reportChange } from "./catalog-report.ts";
import { type Ports, catalogOptions, ensureCollections } from "./prepare.ts";
import { type RefusedTopic, createMissingTopics, refuseTopics } from "./prepare-topics.ts";

/** What taking over newer catalogs needs. */
export interface CatalogSourceOptions {
  readonly ports: Ports;
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Topics that were refused at the start. */
  readonly refused: readonly RefusedTopic[];
  /** Builds the API of a catalog. @throws EventQLError `CATALOG_INVALID` where there can't be one. */
  checkApi(catalog: Catalog): void;
  /** Another catalog is in use, or other topics are refused. */
  changed(): void;
}

/** Reads the registry, and makes ready what its catalogs need: the API, topics, collections. */
export class RegistryCatalogSource implements CatalogSource {
  readonly options: CatalogSource["options"];
  readonly #options: CatalogSourceOptions;
  readonly #faults: FaultReport;
  #refused: readonly RefusedTopic[];
  #refusedNext: readonly RefusedTopic[];

  constructor(options: CatalogSourceOptions) {
    this.options = catalogOptions(options.config);
    this.#options = options;
    this.#faults = new FaultReport(options.logger);
    this.#refused = options.refused;
    this.#refusedNext = options.refused;
  }

  /** Topics that are in the API and aren't projected. */
  refused(): readonly RefusedTopic[] {
    return this.#refused;
  }

  revision: CatalogSource["revision"] = async () => await this.#options.ports.registry.revision();

  gather: CatalogSource["gather"] = async () => await gatherSubjects(this.#options.ports.registry);

  accept: CatalogSource["accept"] = async (next, current) => {
    const { ports, config } = this.#options;
    this.#refusedNext = this.#refused;
    this.#options.checkApi(next);
    const changed = changedTopics(next, current);
    const affected = next.aggregates.filter(({ topic }) => changed.has(topic) || this.#wasRefused(topic));
    const part = { ...next, aggregates: affected };
    if (config.createTopics) await createMissingTopics(ports.log, part);
    await ensureCollections(ports, next.aggregates.filter(isOtherThanIn(current)));
    const refused = await refuseTopics(ports.log, ports.readModel, part);
    const projected = new Set(current.aggregates.map(({ topic }) => topic));
    const faulty = refused.filter(({ topic }) => projected.has(topic) && !this.#wasRefused(topic));
    this.#refusedNext = refused.filter((each) => !faulty.includes(each));
    return faulty.map(({ topic, error }): TopicFault => ({ topic, code: error.code, reason: error.message }));
  };

  changed(next: Catalog, before: Catalog, faults: readonly KnownFault[]): void {
    const { logger, metrics } = this.#options;
    reportChange(next, before, logger);
    this.#faults.update(faults);
    metrics.catalogRefreshed(faults[0]?.code ?? "OK");
    this.#settleRefused();
    this.#options.changed();
  }

  isUnsettled(): boolean {
    return this.#refused.length > 0;
  }

  #wasRefused(of: string): boolean {
    return this.#refused.some(({ topic }) => topic === of);
  }

  #settleRefused(): void {
    const { logger } = this.#options;
    const still = new Set(this.#refusedNext.map(({ topic }) => topic));
    for (const { topic, error } of this.#refusedNext) {
      if (!this.#wasRefused(topic)) logger.error({ topic, code: error.code }, error.message);
    }
    for (const { topic } of this.#refused)
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
  const byTopic = Map.groupBy(aggregates, ({ topic }) => topic);
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
