import type { EventCodec } from "../catalog/codec.ts";
import { EventQLError } from "../errors.ts";
import type { Consumer, ConsumerHandler, EventLog } from "../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { type Tracer, noTracer } from "../telemetry/tracing.ts";
import type { ProjectedCatalog } from "./catalog-gate.ts";
import { PartitionProjector } from "./partition-projector.ts";
import type { PartitionStatus } from "./partition-status.ts";
import type { TopicProjection } from "./projection.ts";
import { type Refold, noRefold } from "./refold.ts";

/** What the projector works with. */
export interface ProjectorOptions {
  readonly log: Pick<EventLog, "describeTopics" | "consume">;
  readonly readModel: ReadModel;
  readonly codec: EventCodec;
  readonly logger: Logger;
  /** Default: nothing is counted. */
  readonly metrics?: Metrics;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** The consumer group; replicas of a group share the partitions. */
  readonly group: string;
  /** The newest catalog's projections, by topic. */
  projections(): ReadonlyMap<string, TopicProjection>;
  readonly catalog: ProjectedCatalog;
  /** Documents held ready by this process. Default 400,000. */
  readonly cachedDocuments?: number;
  /** More parked keys in a partition than this stop it. Default 1,000. */
  readonly maxParkedKeys?: number;
  /** Bytes of records a partition's batch may have. Default: the event log's. */
  readonly maxBatchBytes?: number;
  /** Folds keys again when a transaction becomes invalid. Default: that can't be done, and such keys are parked. */
  readonly refold?: Refold;
}

/** Runs the projections of topics that exist, on the partitions that its group gives to this process. */
export interface Projector {
  /** Every partition of this process. */
  status(): readonly PartitionStatus[];
  /** Ends batches under way with their checkpoints, and leaves the group. */
  stop(): Promise<void>;
}

/** Starts projecting `topics`, which must exist. @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`. */
export async function startProjector(options: ProjectorOptions, topics: readonly string[]): Promise<Projector> {
  const descriptions = await options.log.describeTopics(topics);
  const partitions = new Map(descriptions.map((topic) => [topic.name, topic.partitions]));
  const assignments = new Assignments(options, partitions);
  const { group, maxBatchBytes } = options;
  const consumeOptions = { group, topics, ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }) };
  const consumer = await options.log.consume(consumeOptions, assignments);
  return {
    status: () => assignments.status(),
    async stop() {
      await assignments.stop(consumer);
    },
  };
}

/** The partitions that this process has now. */
class Assignments implements ConsumerHandler {
  readonly #options: ProjectorOptions;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #projectors = new Map<string, PartitionProjector>();

  constructor(options: ProjectorOptions, partitions: ReadonlyMap<string, number>) {
    this.#options = options;
    this.#partitions = partitions;
  }

  assigned: ConsumerHandler["assigned"] = async (of, range) => {
    const projector = new PartitionProjector(of, {
      readModel: this.#options.readModel,
      codec: this.#options.codec,
      logger: this.#options.logger,
      metrics: this.#options.metrics ?? noMetrics,
      tracer: this.#options.tracer ?? noTracer,
      projection: () => this.#projectionOf(of.topic),
      catalog: this.#options.catalog,
      partitions: this.#partitions.get(of.topic) ?? 0,
      cachedDocuments: this.#cacheSize(),
      maxParkedKeys: this.#options.maxParkedKeys ?? 1_000,
      refold: this.#options.refold ?? noRefold,
    });
    this.#projectors.get(partitionId(of))?.stop();
    this.#projectors.set(partitionId(of), projector);
    return await projector.open(range);
  };

  records: ConsumerHandler["records"] = async (batch) => await this.#projectorOf(batch).apply(batch);

  caughtUp: ConsumerHandler["caughtUp"] = (of, next) => {
    this.#projectors.get(partitionId(of))?.caughtUp(next);
  };

  revoked: ConsumerHandler["revoked"] = async (of) => {
    this.#projectors.get(partitionId(of))?.stop();
    this.#projectors.delete(partitionId(of));
    await Promise.resolve();
  };

  status(): readonly PartitionStatus[] {
    return [...this.#projectors.values()].map((projector) => projector.status());
  }

  async stop(consumer: Consumer): Promise<void> {
    for (const projector of this.#projectors.values()) projector.stop();
    await consumer.stop();
  }

  /** Shared among all partitions that this process might be given. */
  #cacheSize(): number {
    const total = [...this.#partitions.values()].reduce((sum, count) => sum + count, 0);
    return Math.max(1_000, Math.floor((this.#options.cachedDocuments ?? 400_000) / Math.max(1, total)));
  }

  #projectionOf(topic: string): TopicProjection {
    const projection = this.#options.projections().get(topic);
    if (projection === undefined) {
      throw new EventQLError("NOT_READY", `The catalog has no aggregate of topic ${topic} any more.`);
    }
    return projection;
  }

  #projectorOf(of: TopicPartition): PartitionProjector {
    const projector = this.#projectors.get(partitionId(of));
    if (projector === undefined) {
      throw new EventQLError("INTERNAL", `Records of ${partitionId(of)} came after it was revoked.`);
    }
    return projector;
  }
}
