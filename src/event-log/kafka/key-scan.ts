import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { ConsumerHandler, KeyRecords, OffsetRange, ReadKeyOptions, RecordBatch } from "../event-log.ts";

/** The most records that are looked at where nothing else is said. */
const MAX_SCANNED = 100_000;

/**
 * Looks for the records of one key in a range of its partition. Kafka has no index of keys: every record of the range is
 * looked at, up to a bound. The newest ones are looked for in as much of the range's end as the bound allows.
 */
export class KeyScan implements ConsumerHandler {
  readonly #options: ReadKeyOptions;
  readonly #key: Buffer;
  readonly #maxScanned: number;
  readonly #result: PromiseWithResolvers<KeyRecords> = Promise.withResolvers();
  #found: LogRecord[] = [];
  #scanned = 0;
  /** Whether nothing of the range was left out at its beginning. */
  #fromStart = true;
  #begun = false;

  constructor(options: ReadKeyOptions) {
    this.#options = options;
    this.#key = Buffer.from(options.key);
    this.#maxScanned = options.maxScanned ?? MAX_SCANNED;
  }

  /** What was found. Never rejects. */
  get result(): Promise<KeyRecords> {
    return this.#result.promise;
  }

  /** Whether the partition could be looked at. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The time is over: what was found until now is the result. */
  giveUp(): void {
    this.#finish(false);
  }

  async assigned({ partition }: TopicPartition, { low, high }: OffsetRange): Promise<number> {
    if (partition !== this.#options.partition) return await this.#over(high);
    const { newest = false, until, from } = this.#options;
    const first = Math.max(low, from);
    const begin = newest ? Math.max(first, Math.min(until, high) - this.#maxScanned) : first;
    this.#begun = true;
    this.#found = [];
    this.#scanned = 0;
    this.#fromStart = begin === first;
    if (begin < Math.min(until, high)) return begin;
    this.#finish(true);
    return await this.#over(high);
  }

  async records({ records, next }: RecordBatch): Promise<number> {
    for (const record of records) {
      if (record.offset >= this.#options.until) return await this.#end(true, next);
      if (this.#scanned >= this.#maxScanned) return await this.#end(false, next);
      this.#scanned += 1;
      if (record.key !== null && this.#key.equals(record.key) && this.#take(record)) return await this.#end(true, next);
    }
    return next >= this.#options.until ? await this.#end(true, next) : next;
  }

  caughtUp({ partition }: TopicPartition): void {
    if (partition === this.#options.partition && this.#begun) this.#finish(true);
  }

  async revoked(): Promise<void> {}

  /** Takes a record of the key; true: no more are wanted. */
  #take(record: LogRecord): boolean {
    const { newest = false, limit } = this.#options;
    this.#found.push(record);
    if (newest && this.#found.length > limit) this.#found.shift();
    return !newest && this.#found.length >= limit;
  }

  async #end(reachedEnd: boolean, next: number): Promise<number> {
    this.#finish(reachedEnd);
    return await this.#over(next);
  }

  #finish(reachedEnd: boolean): void {
    const complete = reachedEnd && (this.#fromStart || this.#found.length >= this.#options.limit);
    this.#result.resolve({ records: this.#found, complete });
  }

  /** An open call is back-pressure: nothing more is fetched. */
  async #over(next: number): Promise<number> {
    await this.#result.promise;
    return next;
  }
}
