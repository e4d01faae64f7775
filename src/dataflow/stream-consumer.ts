import type { Consumer, ConsumerHandler, TopicDescription } from "../event-log/event-log.ts";
import { EventQLError } from "../errors.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import { StreamPartition } from "./stream-partition.ts";
import { type StreamServices, streamGroup } from "./stream-services.ts";
import type { StreamPartitionStatus } from "./stream-status.ts";
import type { TargetTopics } from "./target-topics.ts";

/** A stream over topics that exist, on the partitions that its group gives to this process. */
export interface StreamConsumer {
  status(): readonly StreamPartitionStatus[];
  /** Something may be asked for about dead letters of a partition. */
  wake(of: TopicPartition): void;
  /** Ends what is under way, stores how far it is, and leaves the group. */
  stop(): Promise<void>;
}

/** What a consumer of a stream works with. */
export interface StreamConsumerOptions {
  readonly services: StreamServices;
  readonly stream: Stream;
  /** Those of its sources that exist, at least one. */
  readonly sources: readonly TopicDescription[];
  readonly targets: TargetTopics;
}

/** Starts a stream. @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`. */
export async function consumeStream(options: StreamConsumerOptions): Promise<StreamConsumer> {
  const { services, stream, sources } = options;
  const assigned = new AssignedPartitions(options);
  const { maxBatchBytes } = services;
  const consumeOptions = {
    group: streamGroup(services.groupPrefix, stream.name),
    topics: sources.map(({ name }) => name),
    ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
  };
  const consumer = await services.log.consume(consumeOptions, assigned);
  return {
    status: () => assigned.status(),
    wake: (of) => {
      assigned.wake(of);
    },
    stop: async () => {
      await assigned.stop(consumer);
    },
  };
}

class AssignedPartitions implements ConsumerHandler {
  readonly #options: StreamConsumerOptions;
  readonly #partitions = new Map<string, StreamPartition>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
  }

  assigned: ConsumerHandler["assigned"] = async (of, range) => {
    const { services, stream, sources, targets } = this.#options;
    const partitions = sources.find(({ name }) => name === of.topic)?.partitions ?? 0;
    await this.#giveUp(of);
    const input = { topic: of.topic, partition: of.partition };
    const partition = new StreamPartition({ services, stream, of: input, partitions, targets });
    this.#partitions.set(partitionId(of), partition);
    return await partition.open(range);
  };

  records: ConsumerHandler["records"] = async (batch) => {
    const partition = this.#partitions.get(partitionId(batch));
    if (partition !== undefined) return await partition.apply(batch);
    throw new EventQLError("INTERNAL", `Records of ${partitionId(batch)} came after it was revoked.`);
  };

  caughtUp: ConsumerHandler["caughtUp"] = (of, next) => {
    this.#partitions.get(partitionId(of))?.caughtUp(next);
  };

  revoked: ConsumerHandler["revoked"] = async (of) => {
    await this.#giveUp(of);
  };

  status(): readonly StreamPartitionStatus[] {
    return [...this.#partitions.values()].map((partition) => partition.status());
  }

  wake(of: TopicPartition): void {
    this.#partitions.get(partitionId(of))?.wake();
  }

  async stop(consumer: Consumer): Promise<void> {
    for (const partition of this.#partitions.values()) partition.stop();
    await consumer.stop();
    await Promise.all([...this.#partitions.values()].map(async (partition) => await partition.close()));
    await Promise.all(this.#closing);
  }

  async #giveUp(of: TopicPartition): Promise<void> {
    const id = partitionId(of);
    const partition = this.#partitions.get(id);
    if (partition === undefined) return;
    this.#partitions.delete(id);
    const closed = partition.close();
    this.#closing.add(closed);
    await closed;
    this.#closing.delete(closed);
  }
}
