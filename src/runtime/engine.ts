import { createCodec } from "../catalog/codec/create-codec.ts";
import { type LiveCatalog, createLiveCatalog } from "../catalog/live-catalog.ts";
import type { CommandCodec } from "../catalog/codec.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Appender } from "../command/appender.ts";
import type { Commands } from "../command/commands.ts";
import { createAppender } from "../command/open-appender.ts";
import type { ProjectionWaiter } from "../command/projection-waiter.ts";
import { createWaiter } from "../command/read-model-waiter.ts";
import type { Config } from "../config.ts";
import { createRefold } from "../history/create-refold.ts";
import { DEAD_LETTERS, deadLetterId } from "../projector/dead-letters.ts";
import { gaugeProjector } from "../projector/gauges.ts";
import { AGGREGATES } from "../model/checkpoint.ts";
import { type TopicProjection, topicProjections } from "../projector/projection.ts";
import { type Supervisor, superviseProjector } from "../projector/supervisor.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import { RegistryCatalogSource } from "./catalog-source.ts";
import { startCommandSide } from "./command-side.ts";
import { createIndexKeeper } from "./index-keeper.ts";
import type { Ports, Prepared } from "./prepare.ts";
import type { RefusedTopic } from "./prepare-topics.ts";
import type { ProcessorReport } from "./processor-report.ts";
import { pollRegistry } from "./registry-poll.ts";

/** What a process works with once everything is prepared. */
export interface Engine {
  readonly catalog: LiveCatalog;
  readonly codec: CommandCodec;
  readonly appender: Appender;
  readonly commands: Commands;
  readonly waiter: ProjectionWaiter;
  /** Undefined where this process has not the projector's role. */
  readonly projector: Supervisor | undefined;
  readonly processor: ProcessorReport;
  /** Topics that are in the API and aren't projected, and why. */
  refused(): readonly RefusedTopic[];
  stop(): Promise<void>;
}

/** What the engine is told besides what was prepared. */
export interface EngineOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /**
   * Builds the API of a catalog that is about to be used.
   * @throws EventQLError `CATALOG_INVALID` where there can't be one: the old catalog stays.
   */
  checkApi(catalog: Catalog): void;
  /** Another catalog is in use. */
  catalogChanged(catalog: Catalog): void;
}

/** Starts what the process's roles ask for, and follows the registry. */
export function startEngine(ports: Ports, prepared: Prepared, options: EngineOptions): Engine {
  const { config, logger, metrics, tracer } = options;
  const { log, registry, readModel } = ports;
  const { refused: first } = prepared;
  const indexes = createIndexKeeper({ readModel, logger });
  const changed = (): void => {
    commandSide.topicsChanged();
    projector?.topicsChanged();
    indexes.want(catalog.current().aggregates);
    options.catalogChanged(catalog.current());
  };
  const source = new RegistryCatalogSource({ ...options, ports, refused: first, changed });
  const { pollMs } = config.registry;
  const catalog = createLiveCatalog(prepared, source, { minIntervalMs: Math.min(pollMs, 1_000) });
  metrics.gauge("catalogGeneration", () => [{ value: catalog.current().generation, attributes: {} }]);
  const codec = createCodec(registry, () => catalog.current());
  const writer = { codec, source: `/eventql/${config.kafka.clientId}`, metrics, tracer };
  const appender = createAppender({ ...writer, log });
  const refused = (): readonly RefusedTopic[] => source.refused();
  const commandSide = startCommandSide({ ...writer, ports, config, catalog, refused, logger });
  const deadLetters = { collection: DEAD_LETTERS, idOf: deadLetterId.bind(undefined, AGGREGATES) };
  const waiter = createWaiter({ readModel, projection: AGGREGATES, deadLetters, maxWaiters: config.limits.waiters });
  const projections = projectionsOf(catalog, !log.findsKeys);
  const projector = config.roles.includes("projector")
    ? superviseProjector({
        log,
        readModel,
        codec,
        logger,
        metrics,
        tracer,
        group: `${config.kafka.groupPrefix}-projector`,
        projections,
        catalog,
        topics: () => projectedTopics(projections(), refused()),
        refold: createRefold({ log, readModel, codec }),
      })
    : undefined;
  if (projector !== undefined) gaugeProjector(metrics, log, projector);
  indexes.want(catalog.current().aggregates);
  const poll = pollRegistry({ refresh: async () => await catalog.refresh(), pollMs, logger });
  const stop = async (): Promise<void> => {
    await poll.stop();
    await indexes.stop();
    await commandSide.stop();
    await projector?.stop();
    await waiter.close();
  };
  const { commands, processor } = commandSide;
  return { catalog, codec, appender, commands, waiter, projector, processor, refused, stop };
}

/** Computed once per catalog. */
function projectionsOf(catalog: LiveCatalog, journals: boolean): () => ReadonlyMap<string, TopicProjection> {
  let of: Catalog | undefined;
  let projections: ReadonlyMap<string, TopicProjection> = new Map();
  return () => {
    const current = catalog.current();
    if (current !== of) projections = topicProjections(current, { journals });
    of = current;
    return projections;
  };
}

function projectedTopics(
  projections: ReadonlyMap<string, TopicProjection>,
  refused: readonly RefusedTopic[],
): readonly string[] {
  const left = new Set(refused.map(({ topic }) => topic));
  return [...projections.keys()].filter((topic) => !left.has(topic));
}
