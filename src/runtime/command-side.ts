import type { CommandCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Catalog } from "../catalog/types.ts";
import { type LocalCommands, createCommands } from "../command/create-commands.ts";
import { type OutcomeKeeper, startOutcomeKeeper } from "../command/outcome-keeper.ts";
import { type Processor, startProcessor } from "../command/processor/processor.ts";
import type { Config } from "../config.ts";
import { PARKED_KEYS } from "../read-model/dead-letters.ts";
import { INVALIDATIONS } from "../projector/invalidations.ts";
import { settledName } from "../projector/settlement/settled-count.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import { type ProcessorReport, reportProcessor } from "./processor-report.ts";
import { invalidationSchemas } from "./invalidation-schema.ts";
import type { Ports } from "./prepare.ts";
import type { RefusedTopic } from "./prepare-topics.ts";

/** What the commands' side of a process works with. */
export interface CommandSideOptions {
  readonly ports: Ports;
  readonly config: Config;
  readonly catalog: LiveCatalog;
  /** Topics that aren't projected: nobody knows the states that their commands would be decided on. */
  readonly refused: () => readonly Pick<RefusedTopic, "topic">[];
  readonly codec: CommandCodec;
  /** Who writes, as the CloudEvents attribute `source` has it. */
  readonly source: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

/** What a process does about commands, by its roles. */
export interface CommandSide {
  /** Costs nothing until it is used. */
  readonly commands: LocalCommands;
  /** How the processor of this process is doing. */
  readonly processor: ProcessorReport;
  /** Other topics may be owned now. */
  topicsChanged(): void;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/** Starts what the process's roles ask for: the processor decides, the projector's role stores outcomes. */
export function startCommandSide(options: CommandSideOptions): CommandSide {
  const { ports, config, metrics } = options;
  const topics = ownedTopicsOf(options);
  const commands = openCommands(options, topics);
  const keepsOutcomes = config.roles.includes("projector") && config.only === undefined;
  const keeper = keepsOutcomes ? keepOutcomes(options, topics) : undefined;
  // Who owns no topics needs no group of processors to join, and nothing to wait for.
  let processor: Processor | undefined;
  const decide = (): void => {
    if (!config.roles.includes("processor") || topics().length === 0) return;
    if (processor === undefined) processor = decideCommands(options, commands);
    else processor.topicsChanged();
  };
  decide();
  return {
    commands,
    processor: reportProcessor(metrics, ports.log, () => processor),
    topicsChanged() {
      commands.topicsChanged();
      keeper?.topicsChanged();
      decide();
    },
    async stop() {
      await processor?.stop();
      await keeper?.stop();
      await commands.close();
    },
  };
}

function ownedTopicsOf({ catalog }: CommandSideOptions): () => readonly string[] {
  return () => catalog.current().aggregates.flatMap(({ topic, owned }) => (owned === undefined ? [] : [topic]));
}

function openCommands(
  { ports, config, ...options }: CommandSideOptions,
  topics: () => readonly string[],
): LocalCommands {
  const { log, readModel } = ports;
  const { groupPrefix } = config.kafka;
  const own = { topics, group: `${groupPrefix}-commands`, maxWaiters: config.limits.waiters };
  return createCommands({ ...options, ...own, log, readModel });
}

function keepOutcomes({ ports, config, logger }: CommandSideOptions, topics: () => readonly string[]): OutcomeKeeper {
  const { log, readModel } = ports;
  return startOutcomeKeeper({ log, readModel, logger, topics, group: `${config.kafka.groupPrefix}-outcomes` });
}

function decideCommands(
  { ports, config, catalog, refused, ...options }: CommandSideOptions,
  commands: LocalCommands,
): Processor {
  const { log, readModel, registry } = ports;
  const current = (): Catalog => {
    const topics = new Set(refused().map(({ topic }) => topic));
    const all = catalog.current();
    return topics.size === 0 ? all : { ...all, aggregates: all.aggregates.filter(({ topic }) => !topics.has(topic)) };
  };
  return startProcessor({
    ...options,
    catalog: { current, refresh: async () => await catalog.refresh() },
    log,
    readModel,
    names: {
      parkedKeys: PARKED_KEYS,
      settled: settledName,
      invalidations: INVALIDATIONS,
    },
    group: `${config.kafka.groupPrefix}-processor`,
    invalidationSchemaId: invalidationSchemas(registry),
    onOutcome: (outcome) => {
      commands.heard(outcome);
    },
  });
}
