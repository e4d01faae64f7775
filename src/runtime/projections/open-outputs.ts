import type { EventCodec } from "../../catalog/codec.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { Aggregate, Catalog, EventType } from "../../catalog/types.ts";
import { OutboxSink } from "../../dataflow/outbox/outbox-sink.ts";
import { ReplayedOutputs } from "../../dataflow/outbox/replayed-outputs.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { type Emit, compileEmit } from "../../fold/emit.ts";
import type { OutputSink } from "../../read-model/output-sink.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** What writing the events of projections' rules needs. */
export interface OutputsOptions {
  readonly log: Pick<EventLog, "takeOver" | "describeTopics">;
  readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit" | "checkpoints">;
  readonly codec: Pick<EventCodec, "encode">;
  readonly catalog: Pick<LiveCatalog, "current">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What the names of consumer groups begin with. */
  readonly groupPrefix: string;
}

/** Where the events go that rules of projections write. */
export interface Outputs {
  /** Of builds that are read. */
  readonly written: OutputSink;
  /** Of builds that are made apart from those. */
  readonly replayed: OutputSink;
  /** How the events of a projection's rules are made ready to be appended; undefined: they write none. */
  emitOf(aggregate: Aggregate): Emit | undefined;
  /** Resolves when partitions that were given up are published as far as they will be. */
  ended(): Promise<void>;
}

/** Opens where the events go that rules of projections write. It costs nothing until there are some. */
export function openOutputs({ codec, catalog, groupPrefix, ...options }: OutputsOptions): Outputs {
  const written = new OutboxSink({ ...options, prefix: `${groupPrefix}-stream` });
  const typesOf = eventTypesBy(catalog);
  return {
    written,
    replayed: new ReplayedOutputs(options.readModel),
    emitOf: ({ projected }) => projected && compileEmit(projected.projection, { codec, typesOf }),
    ended: async () => await written.ended(),
  };
}

/** The event types of topics, found once for each catalog. */
function eventTypesBy(catalog: Pick<LiveCatalog, "current">): (topic: string) => readonly EventType[] {
  let of: Catalog | undefined;
  let types: ReadonlyMap<string, readonly EventType[]> = new Map();
  return (topic) => {
    const current = catalog.current();
    if (current !== of)
      types = Map.groupBy(
        current.aggregates.flatMap(({ eventTypes }) => eventTypes),
        (type) => type.topic,
      );
    of = current;
    return types.get(topic) ?? [];
  };
}
