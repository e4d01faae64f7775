import type { EventCodec } from "../catalog/codec.ts";
import { EventQLError, messageOf } from "../errors.ts";
import type { Consumer, ConsumerHandler, EventLog, TopicDescription } from "../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import type { OutputSink } from "../read-model/output-sink.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { type Tracer, noTracer } from "../telemetry/tracing.ts";
import type { GatedCatalog } from "../catalog/catalog-gate.ts";
import type { BetweenBatches } from "./between-batches.ts";
import type { Beside } from "./builds/beside.ts";
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
  readonly catalog: GatedCatalog;
  /** Documents held ready by this process. Default 400,000. */
  readonly cachedDocuments?: number;
  /** More parked keys in a partition than this stop it. Default 1,000. */
  readonly maxParkedKeys?: number;
  /** Bytes of records a partition's batch may have. Default: the event log's. */
  readonly maxBatchBytes?: number;
  /** Folds keys again when a transaction becomes invalid. Default: that can't be done, and such keys are parked. */
  readonly refold?: Refold;
  /** The header that holds an event's id. Default: `ce_id`. */
  readonly idHeader?: string;
  /** What the owner of a partition does between batches. Default: nothing. */
  readonly between?: BetweenBatches;
  /** Where the events go that rules write. Default: nowhere. */
  readonly outputs?: OutputSink;
  /** Other builds, which are made beside those of its topics. Default: none. */
  readonly beside?: Beside;
  /** Whether checkpoints are moved to the log's end when that is reached, past what is no event. Default false. */
  readonly marksEnd?: boolean;
}

/** Runs the projections of topics that exist, on the partitions that its group gives to this process. */
export interface Projector {
  /** Every partition of this process. */
  status(): readonly PartitionStatus[];
  /** Has {@link ProjectorOptions.between} run on the partitions of this process, or on one of them. */
  wake(of?: TopicPartition): void;
  /** Other builds may be wanted beside those of its topics. */
  buildsChanged(): void;
  /** Ends batches under way with their checkpoints, and leaves the group. */
  stop(): Promise<void>;
}

/** Starts projecting `topics`, which must exist. @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`. */
export async function startProjector(options: ProjectorOptions, topics: readonly string[]): Promise<Projector> {
  const descriptions = await options.log.describeTopics(topics);
  const assignments = new Assignments(options, new Map(descriptions.map((topic) => [topic.name, topic])));
  const { group, maxBatchBytes } = options;
  const consumeOptions = { group, topics, ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }) };
  const consumer = await options.log.consume(consumeOptions, assignments);
  return {
    status: () => assignments.status(),
    wake: (of) => assignments.wake(of),
    buildsChanged: () => assignments.buildsChanged(),
    async stop() {
      await assignments.stop(consumer);
    },
  };
}

/** The partitions that this process has now. */
class Assignments implements ConsumerHandler {
  readonly #options: ProjectorOptions;
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  readonly #projectors = new Map<string, PartitionProjector>();

  constructor(options: ProjectorOptions, topics: ReadonlyMap<string, TopicDescription>) {
    this.#options = options;
    this.#topics = topics;
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
      partitions: this.#topics.get(of.topic)?.partitions ?? 0,
      cachedDocuments: this.#cacheSize(),
      maxParkedKeys: this.#options.maxParkedKeys ?? 1_000,
      refold: this.#options.refold ?? noRefold,
      ...(this.#options.idHeader !== undefined && { idHeader: this.#options.idHeader }),
      ...this.#logOf(of.topic),
      ...(this.#options.between && { between: this.#options.between }),
      ...(this.#options.outputs && { outputs: this.#options.outputs }),
      ...(this.#options.beside && { beside: this.#options.beside }),
      ...(this.#options.marksEnd === true && { marksEnd: true }),
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

  wake(of?: TopicPartition): void {
    for (const [id, projector] of this.#projectors) {
      if (of !== undefined && id !== partitionId(of)) continue;
      projector.wake().catch((error: unknown) => {
        this.#options.logger.error({ partition: id, error: messageOf(error) }, "a partition could not be woken");
      });
    }
  }

  async stop(consumer: Consumer): Promise<void> {
    const projectors = [...this.#projectors.values()];
    for (const projector of projectors) projector.stop();
    await consumer.stop();
    await Promise.all(projectors.map(async (projector) => await projector.ended()));
  }

  buildsChanged(): void {
    for (const projector of this.#projectors.values()) projector.buildsChanged();
  }

  #logOf(topic: string): Pick<TopicDescription, "log"> {
    const log = this.#topics.get(topic)?.log;
    return log === undefined ? {} : { log };
  }

  /** Shared among all partitions that this process might be given. */
  #cacheSize(): number {
    const total = [...this.#topics.values()].reduce((sum, { partitions }) => sum + partitions, 0);
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
