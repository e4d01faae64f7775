import type { OffsetRange, PartitionSource, RecordBatch, TopicPartition } from "../../src/index.ts";
import { type MemoryStore, fitting } from "./memory-store.ts";

/** Gives a `PartitionPump` the records of one partition, a batch at a time. */
export class MemoryPartition implements PartitionSource {
  readonly #store: MemoryStore;
  readonly #of: TopicPartition;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  #position = 0;

  constructor(store: MemoryStore, of: TopicPartition, maxBytes: number, signal: AbortSignal) {
    this.#store = store;
    this.#of = of;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  async range(): Promise<OffsetRange> {
    return this.#store.rangeOf(this.#of);
  }

  seek(position: number): void {
    this.#position = position;
  }

  take(): RecordBatch | undefined {
    const { high } = this.#store.rangeOf(this.#of);
    const records = fitting(this.#store.read(this.#of, this.#position, high), this.#maxBytes);
    if (records.length === 0) return undefined;
    this.#position += records.length;
    return { ...this.#of, records, next: this.#position };
  }

  end(): number {
    return this.#position;
  }

  /** What came while nobody waited is seen by `take`, which is called before this one. */
  async changed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = this.#store.listen(resolve);
    this.#signal.addEventListener("abort", () => resolve(), { once: true });
    if (this.#signal.aborted || this.#store.rangeOf(this.#of).high > this.#position) resolve();
    await promise;
    unlisten();
  }
}
