import type { EventCodec } from "../catalog/codec.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Newest } from "../model/newest-record.ts";
import type { TopicPartition } from "../model/position.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import type { GatedCatalog } from "../catalog/catalog-gate.ts";
import { PARKED_KEYS, ofPartition } from "../read-model/dead-letters.ts";
import type { OutputSink, OutputsOf, PartitionOutputs } from "../read-model/output-sink.ts";
import { type Settlements, readSettlements } from "../read-model/settlement/settlements.ts";
import { DocumentCache } from "./document-cache.ts";
import { type JournalWriter, openJournals } from "./journal-writer.ts";
import type { TopicProjection } from "./projection.ts";
import type { Refold } from "./refold.ts";
import { readSettled } from "./settlement/settled-count.ts";

/** What a partition's projector works with. */
export interface PartitionServices {
  readonly readModel: ReadModel;
  readonly codec: EventCodec;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly catalog: GatedCatalog;
  /** The topic's projection by the newest catalog. @throws EventQLError `NOT_READY` where that has none any more. */
  projection(): TopicProjection;
  /** Of the topic. */
  readonly partitions: number;
  readonly cachedDocuments: number;
  /** More parked keys than this stop the partition. */
  readonly maxParkedKeys: number;
  readonly refold: Refold;
  /** The header that holds an event's id. Default: `ce_id`. */
  readonly idHeader?: string;
  /** The name of the log that the partition is of; absent: not known. */
  readonly log?: string;
  /** Where the events go that rules write. Default: nowhere, for another build of the projection writes them. */
  readonly outputs?: OutputSink;
}

/** Where the partition stands in the read model, and what is held of it. */
export interface Session {
  readonly projection: TopicProjection;
  next: number;
  /** What tells that position in a mirror of the log. */
  newest: Newest;
  readonly cache: DocumentCache;
  readonly parked: Set<string>;
  /** How often dead letters of the partition were settled: whoever counts otherwise knows other parked keys. */
  settled: number;
  /** What was settled of events that are yet to be applied: those of a projection that begins anew. */
  settlements: Settlements;
  readonly journals: JournalWriter;
  /** Where the events go that rules write; absent: nowhere. */
  readonly outputs?: PartitionOutputs;
}

/** How a session begins. */
interface SessionStart {
  /** Where the partition stands. */
  readonly at: Checkpoint;
  /** The oldest offset that the log has. */
  readonly low: number;
  /** Whether to look every key up. */
  readonly distrust: boolean;
  /** Aborted when the partition is given up. Absent: the session is of a build whose rules write nothing. */
  readonly signal?: AbortSignal;
}

/** Reads what is set aside of a partition, and begins an empty cache. */
export async function openSession(
  services: PartitionServices,
  of: TopicPartition,
  { at, low, distrust, signal }: SessionStart,
): Promise<Session> {
  const { next, newest, unnamed } = at;
  const projection = services.projection();
  // Before the keys: what is settled meanwhile fences this session off.
  const settled = await readSettled(services.readModel, projection.name, of);
  const parked = await services.readModel.find(PARKED_KEYS, {
    filter: ofPartition(projection.name, of),
    fields: ["key"],
  });
  const collections = [...projection.journaled];
  const journals = await openJournals(services.readModel, { of, collections, next: Math.max(next, low) });
  const outputs = signal && (await openOutputs(services, { of, next, signal }, projection));
  return {
    projection,
    next,
    newest: { ...(newest !== undefined && { newest }), ...(unnamed !== undefined && { unnamed }) },
    journals,
    cache: new DocumentCache(projection.collections, next === 0 && !distrust, services.cachedDocuments),
    settled,
    settlements: await readSettlements(services.readModel, { projection: projection.name, of, from: next }),
    parked: new Set(parked.flatMap(({ key }) => (typeof key === "string" ? [key] : []))),
    ...(outputs && { outputs }),
  };
}

async function openOutputs(
  { outputs, partitions }: PartitionServices,
  at: Pick<OutputsOf, "of" | "next" | "signal">,
  { writes, generation }: TopicProjection,
): Promise<PartitionOutputs | undefined> {
  if (outputs === undefined || writes === undefined) return undefined;
  return await outputs.open({ ...at, projection: writes, generation, partitions });
}
