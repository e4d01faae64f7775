import { partitionId, type TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Consumer, ConsumeOptions, ConsumerHandler } from "../event-log.ts";
import { PartitionPump } from "../partition-pump.ts";
import type { LogFile, StoredTopic } from "./log-file.ts";
import { StoredPartition } from "./stored-partition.ts";

/** What a consumer needs. */
export interface StoredConsumerOptions {
  readonly file: LogFile;
  readonly consume: ConsumeOptions;
  readonly topics: readonly StoredTopic[];
  readonly handler: ConsumerHandler;
  readonly logger: Logger;
  /** Called when it has stopped. */
  readonly onStopped: () => void;
}

const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** A consumer of a file: while it is active, it has every partition of its topics. */
export class StoredConsumer implements Consumer {
  readonly #options: StoredConsumerOptions;
  readonly #partitions = new Map<string, StoredPartition>();
  readonly #pumps: Promise<void>[] = [];
  readonly #end = new AbortController();

  constructor(options: StoredConsumerOptions) {
    this.#options = options;
  }

  get group(): string {
    return this.#options.consume.group;
  }

  /** Begins delivery. */
  activate(): void {
    for (const topic of this.#options.topics)
      for (let partition = 0; partition < topic.partitions; partition += 1) this.#begin(topic, partition);
  }

  /** There may be more to read: of one partition, or of all. */
  notify(of?: TopicPartition): void {
    if (of !== undefined) this.#partitions.get(partitionId(of))?.notify();
    else for (const partition of this.#partitions.values()) partition.notify();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#pumps);
    this.#options.onStopped();
  }

  #begin(topic: StoredTopic, partition: number): void {
    const { file, handler, logger, consume } = this.#options;
    const { signal } = this.#end;
    const of = { topic: topic.name, partition };
    const source = new StoredPartition({
      file,
      topic,
      partition,
      maxBytes: consume.maxBatchBytes ?? MAX_BATCH_BYTES,
      signal,
    });
    this.#partitions.set(partitionId(of), source);
    this.#pumps.push(new PartitionPump({ of, source, handler, logger, signal }).run());
  }
}
