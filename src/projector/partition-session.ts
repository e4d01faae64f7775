import type { EventCodec } from "../catalog/codec.ts";
import type { TopicPartition } from "../model/position.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import type { ProjectedCatalog } from "./catalog-gate.ts";
import { PARKED_KEYS, ofPartition } from "./dead-letters.ts";
import { DocumentCache } from "./document-cache.ts";
import { type JournalWriter, openJournals } from "./journal-writer.ts";
import type { TopicProjection } from "./projection.ts";
import type { Refold } from "./refold.ts";

/** What a partition's projector works with. */
export interface PartitionServices {
  readonly readModel: ReadModel;
  readonly codec: EventCodec;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly catalog: ProjectedCatalog;
  /** The topic's projection by the newest catalog. @throws EventQLError `NOT_READY` where that has none any more. */
  projection(): TopicProjection;
  /** Of the topic. */
  readonly partitions: number;
  readonly cachedDocuments: number;
  /** More parked keys than this stop the partition. */
  readonly maxParkedKeys: number;
  readonly refold: Refold;
}

/** Where the partition stands in the read model, and what is held of it. */
export interface Session {
  readonly projection: TopicProjection;
  next: number;
  readonly cache: DocumentCache;
  readonly parked: Set<string>;
  readonly journals: JournalWriter;
}

/**
 * Reads what is set aside of a partition, and begins an empty cache. `distrust`: look every key up. `low`: the oldest
 * offset that the log has.
 */
export async function openSession(
  services: PartitionServices,
  of: TopicPartition,
  { next, low, distrust }: { readonly next: number; readonly low: number; readonly distrust: boolean },
): Promise<Session> {
  const projection = services.projection();
  const parked = await services.readModel.find(PARKED_KEYS, {
    filter: ofPartition(projection.name, of),
    fields: ["key"],
  });
  const collections = [...projection.journaled];
  const journals = await openJournals(services.readModel, { of, collections, next: Math.max(next, low) });
  return {
    projection,
    next,
    journals,
    cache: new DocumentCache(projection.collections, next === 0 && !distrust, services.cachedDocuments),
    parked: new Set(parked.flatMap(({ key }) => (typeof key === "string" ? [key] : []))),
  };
}
