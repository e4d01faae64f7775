import type { GatedCatalog } from "../catalog/catalog-gate.ts";
import type { EventCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";

/** What streams need of the catalog. */
export type StreamCatalog = GatedCatalog & Pick<LiveCatalog, "current">;

/** What streams work with. */
export interface StreamServices {
  readonly log: Pick<EventLog, "describeTopics" | "consume" | "takeOver" | "append" | "offsets">;
  readonly readModel: Pick<ReadModel, "find" | "aggregate" | "openCheckpoint" | "commit">;
  readonly codec: EventCodec;
  readonly catalog: StreamCatalog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** What the names of consumer groups begin with. */
  readonly groupPrefix: string;
  /** Who writes, as the CloudEvents attribute `source` has it. */
  readonly source: string;
  /** More parked keys than this stop a partition. */
  readonly maxParkedKeys: number;
  /** Bytes of records a partition's batch may have; undefined: the event log's. */
  readonly maxBatchBytes: number | undefined;
  /** How long, in ms, what is under way is waited for when a partition is given up. */
  readonly graceMs: number;
}

/** The consumer group of a stream, and what its partitions' owners are called. */
export function streamGroup(groupPrefix: string, name: string): string {
  return `${groupPrefix}-stream-${name}`;
}
