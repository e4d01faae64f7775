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
import { streamGroup } from "../dataflow/stream-services.ts";
import { createRefold } from "../history/create-refold.ts";
import { DEAD_LETTERS, deadLetterId } from "../read-model/dead-letters.ts";
import { gaugeProjector } from "../projector/gauges.ts";
import { AGGREGATES } from "../model/checkpoint.ts";
import type { Position } from "../model/position.ts";
import { type TopicProjection, topicProjections } from "../projector/projection.ts";
import { type Supervisor, superviseProjector } from "../projector/supervisor.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import { type BuildSide, gaugeBuilds, startBuildSide } from "./builds/build-side.ts";
import type { RefusedProjection } from "./builds/settle-catalog.ts";
import { RegistryCatalogSource } from "./catalog-source.ts";
import { startCommandSide } from "./command-side.ts";
import { type DataflowSide, startDataflowSide } from "./dataflow-side.ts";
import { createIndexKeeper } from "./index-keeper.ts";
import type { Ports, Prepared } from "./prepare.ts";
import type { RefusedTopic } from "./prepare-topics.ts";
import type { ProcessorReport } from "./processor-report.ts";
import { openOutputs } from "./projections/open-outputs.ts";
import { type ProjectionsSupervisor, joinSupervisors, runProjections } from "./projections/run-projections.ts";
import { pollRegistry } from "./registry-poll.ts";
import { createSettling } from "./settling.ts";

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
  readonly dataflow: DataflowSide;
  /** What this process makes beside the documents that are read. */
  readonly builds: Pick<BuildSide, "status" | "progress">;
  /** Topics that are in the API and aren't projected, and why. */
  refused(): readonly RefusedTopic[];
  /** Projections in code that are in the API and aren't run, and why. */
  refusedProjections(): readonly RefusedProjection[];
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
  const wantIndexes = (): void => indexes.want([...catalog.current().aggregates, ...side.aggregates()]);
  const changed = (): void => {
    commandSide.topicsChanged();
    side.changed();
    projector?.topicsChanged();
    dataflow.topicsChanged();
    projector?.buildsChanged();
    wantIndexes();
    waiter.moved();
    options.catalogChanged(catalog.current());
  };
  const { builds } = prepared;
  const source = new RegistryCatalogSource({
    ...options,
    ports,
    builds,
    first: prepared.state.catalog,
    refused: first,
    changed,
  });
  const { pollMs } = config.registry;
  const catalog = createLiveCatalog(prepared, source, { minIntervalMs: Math.min(pollMs, 1_000) });
  metrics.gauge("catalogGeneration", () => [{ value: catalog.current().generation, attributes: {} }]);
  const codec = createCodec(registry, () => catalog.current());
  const writer = { codec, source: `/eventql/${config.kafka.clientId}`, metrics, tracer };
  const appender = createAppender({ ...writer, log });
  const refused = (): readonly RefusedTopic[] => source.refused().topics;
  const refusedProjections = (): readonly RefusedProjection[] => source.refused().projections;
  const commandSide = startCommandSide({ ...writer, ports, config, catalog, refused, logger });
  const idOf = (position: Position, projection: string): string => deadLetterId(projection, position);
  const deadLetters = { collection: DEAD_LETTERS, idOf };
  const copies = { log, ownerOf: (topic: string) => streamGroup(config.kafka.groupPrefix, topic) };
  const { waiters: maxWaiters } = config.limits;
  const projectionOf = (topic: string): string => projections().get(topic)?.name ?? AGGREGATES;
  const waiter = createWaiter({ readModel, projectionOf, deadLetters, copies, maxWaiters });
  const projections = projectionsOf(catalog, !log.findsKeys);
  const { groupPrefix, idHeader } = config.kafka;
  const settling = createSettling({ readModel, logger });
  const { between } = settling;
  const shared = { log, readModel, codec, logger, metrics, tracer, catalog, idHeader, between };
  const projects = config.roles.includes("projector");
  const outputs = openOutputs({ ...shared, groupPrefix });
  const projecting = projects ? { ...shared, groupPrefix, only: config.only, outputs: outputs.replayed } : undefined;
  const side = startBuildSide({ ports, builds, catalog, logger, projecting, ownerOf: copies.ownerOf });
  const ofTopics = (): Supervisor =>
    superviseProjector({
      ...shared,
      group: `${groupPrefix}-projector`,
      projections,
      topics: () => projectedTopics(projections(), refused()),
      refold: createRefold({ log, readModel, codec }),
      beside: side.beside(),
    });
  const isLeftOut = (name: string): boolean => refusedProjections().some(({ projection }) => projection === name);
  const isWanted = (name: string): boolean => !isLeftOut(name) && (config.only?.includes(name) ?? true);
  const streams = { ...shared, groupPrefix, source: writer.source };
  const inCode = (): ProjectionsSupervisor =>
    runProjections({
      ...shared,
      groupPrefix,
      streams,
      current: () => catalog.current(),
      isWanted,
      outputs: outputs.written,
      emitOf: (aggregate) => outputs.emitOf(aggregate),
      besideOf: (name) => side.beside(name),
      apart: () => side.apart(),
    });
  const copying = projects ? inCode() : undefined;
  const alone = config.only !== undefined;
  const projector = copying && (alone ? copying : joinSupervisors(ofTopics(), copying));
  const copiers = (): ReturnType<ProjectionsSupervisor["copies"]> => copying?.copies() ?? [];
  const dataflow = startDataflowSide({ ...writer, ports, config, catalog, logger, copies: copiers });
  if (projector !== undefined) gaugeProjector(metrics, log, projector);
  if (projector !== undefined) gaugeBuilds(metrics, side);
  if (projector !== undefined) {
    settling.follow((of) => {
      projector.wake(of);
      dataflow.wake(of);
      side.wake(of);
    });
  }
  wantIndexes();
  const poll = pollRegistry({ refresh: async () => await catalog.refresh(), pollMs, logger });
  const stop = async (): Promise<void> => {
    await poll.stop();
    await indexes.stop();
    await dataflow.stop();
    await commandSide.stop();
    await settling.stop();
    await side.stop();
    await projector?.stop();
    await outputs.ended();
    await waiter.close();
  };
  const { commands, processor } = commandSide;
  return {
    catalog,
    codec,
    appender,
    commands,
    waiter,
    projector,
    processor,
    dataflow,
    builds: side,
    refused,
    refusedProjections,
    stop,
  };
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
