import type { CommandCodec } from "../../catalog/codec.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Outcome } from "../../model/command.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Tracer } from "../../telemetry/tracing.ts";
import type { Window } from "./seen-commands.ts";

/** Where the projection of the documents keeps what a decision depends on. */
export interface ProjectionNames {
  /** The collection of keys whose events wait: `{ projection, topic, partition, key }`. */
  readonly parkedKeys: string;
  /** The name whose checkpoints count, by partition, how often dead letters of a projection were settled. */
  settled(projection: string): string;
  /** The collection of transactions that are invalid: `{ topic, transaction }`. */
  readonly invalidations: string;
}

/** What deciding needs. */
export interface ProcessorServices {
  readonly log: Pick<EventLog, "describeTopics" | "consume" | "readRange" | "takeOver" | "join" | "offsets">;
  readonly readModel: Pick<ReadModel, "find" | "checkpoints" | "watchCheckpoints">;
  readonly codec: CommandCodec;
  readonly catalog: Pick<LiveCatalog, "current" | "refresh">;
  readonly names: ProjectionNames;
  /** What the owners, and the group of processes that share the partitions, are called. */
  readonly group: string;
  /** Who writes, as the CloudEvents attribute `source` has it: a URI reference. */
  readonly source: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** The id in the registry of the schema of the event that makes a transaction of the topic invalid. */
  readonly invalidationSchemaId: (topic: string) => Promise<number>;
  /** Told of each outcome as soon as it is durable, in this process. Must not throw. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Keys held ready for a partition of commands. */
  readonly cachedDocuments: number;
  readonly window: Window;
}
