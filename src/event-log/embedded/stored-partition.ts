import type { OffsetRange, RecordBatch } from "../event-log.ts";
import type { PartitionSource } from "../partition-pump.ts";
import { Wake } from "../wake.ts";
import type { LogFile, StoredTopic } from "./log-file.ts";

/** Reading is synchronous: more at once would hold the process up. */
const MAX_RECORDS = 5_000;

/** What a partition's reader needs. */
export interface StoredPartitionOptions {
  readonly file: LogFile;
  readonly topic: StoredTopic;
  readonly partition: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Reads one partition of a file, batch by batch. */
export class StoredPartition implements PartitionSource {
  readonly #options: StoredPartitionOptions;
  readonly #wake: Wake;
  #position = 0;

  constructor(options: StoredPartitionOptions) {
    this.#options = options;
    this.#wake = new Wake(options.signal);
  }

  async range(): Promise<OffsetRange> {
    const { file, topic, partition } = this.#options;
    return file.range(topic, partition);
  }

  seek(position: number): void {
    this.#position = position;
  }

  take(): RecordBatch | undefined {
    const { file, topic, partition, maxBytes } = this.#options;
    // Asked first: what is appended meanwhile isn't passed over.
    const { high } = file.range(topic, partition);
    const records = file.read(topic, partition, this.#position, MAX_RECORDS, maxBytes);
    const last = records.at(-1);
    if (last === undefined) {
      // The last ones may have been removed.
      this.#position = Math.max(this.#position, high);
      return undefined;
    }
    this.#position = last.offset + 1;
    return { topic: topic.name, partition, records, next: this.#position };
  }

  end(): number {
    return this.#position;
  }

  changed(): Promise<void> {
    return this.#wake.wait();
  }

  /** There may be more to read. */
  notify(): void {
    this.#wake.notify();
  }
}
