import type { TopicPartition } from "../../model/position.ts";
import type { OffsetRange, RecordBatch } from "../event-log.ts";
import type { PartitionSource } from "../partition-pump.ts";
import { Wake } from "../wake.ts";
import type { Chunk } from "./records.ts";

/** What a queue asks of the consumer that fills it. */
export interface Fetching {
  /** The offsets that the partition has now. */
  range(of: TopicPartition): Promise<OffsetRange>;
  /** Fetches from `position` on, starting now; whatever was fetched before is not handed over any more. */
  fetchFrom(of: TopicPartition, position: number): void;
  pause(of: TopicPartition): void;
  resume(of: TopicPartition): void;
}

/** What a queue needs. */
export interface QueueOptions {
  readonly of: TopicPartition;
  readonly fetching: Fetching;
  readonly maxBytes: number;
  /** ms that a batch waits for the next fetch where the log has more: an answer takes a fraction of it. Default 100. */
  readonly growthMs?: number;
  readonly signal: AbortSignal;
}

const GROWTH_MS = 100;

/**
 * Offsets that a log has beyond what was fetched, for which a batch doesn't wait: it would gain little, and they may be
 * those of a transaction that is still open.
 */
const WORTH_WAITING = 500;

/**
 * The records of one partition between kafkajs, which fetches them, and the pump, which hands them over.
 *
 * kafkajs applies a `seek` at its next fetch, so a batch that was already on its way can still arrive. The queue knows
 * the position that the next batch must have been fetched from, and turns away any other.
 */
export class PartitionQueue implements PartitionSource {
  readonly #options: QueueOptions;
  readonly #wake: Wake;
  #chunks: Chunk[] = [];
  #bytes = 0;
  #taken: RecordBatch | undefined;
  /** Where the next batch comes from; undefined: nothing is to come. */
  #position: number | undefined;
  #end = 0;
  #paused = false;
  #seeking: NodeJS.Immediate | undefined;
  /** Whether what is held waited long enough for more. */
  #ripe = false;
  #growing: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#wake = new Wake(options.signal);
  }

  async range(): Promise<OffsetRange> {
    const range = await this.#options.fetching.range(this.#options.of);
    this.#end = range.high;
    return range;
  }

  seek(position: number): void {
    if (this.#putBack(position)) return;
    this.#clear();
    const { of, fetching, signal } = this.#options;
    // In a turn of its own: kafkajs checks for seeks when a fetch is answered, and hands its batches over in that turn.
    clearImmediate(this.#seeking);
    this.#seeking = setImmediate(() => {
      if (signal.aborted) return;
      this.#position = position;
      this.#paused = false;
      fetching.fetchFrom(of, position);
      this.#wake.notify();
    });
  }

  take(): RecordBatch | undefined {
    const { of, fetching } = this.#options;
    const [first, ...rest] = this.#chunks;
    if (first === undefined || this.#mayGrow()) return undefined;
    const records = rest.length === 0 ? first.records : this.#chunks.flatMap((chunk) => chunk.records);
    this.#taken = { ...of, records, next: this.#chunks.at(-1)?.next ?? first.next };
    this.#chunks = [];
    this.#bytes = 0;
    clearTimeout(this.#growing);
    this.#ripe = false;
    if (this.#paused) fetching.resume(of);
    this.#paused = false;
    return this.#taken;
  }

  /**
   * Whether more of what the log is known to have is on its way: far behind, a handler is given whole batches, since
   * folding one batch of many events costs less than folding many of few. What lies behind an open transaction, or was
   * compacted away, does not come: the wait is bounded.
   */
  #mayGrow(): boolean {
    if (this.#position === undefined || this.#paused || this.#ripe) return false;
    return this.#end - this.#position > WORTH_WAITING && this.#bytes < this.#options.maxBytes;
  }

  #ripen(): void {
    clearTimeout(this.#growing);
    this.#ripe = this.#options.growthMs === 0;
    if (!this.#ripe && !this.#options.signal.aborted)
      this.#growing = setTimeout(() => this.#setRipe(), this.#options.growthMs ?? GROWTH_MS);
  }

  #setRipe(): void {
    this.#ripe = true;
    this.#wake.notify();
  }

  end(): number | undefined {
    const atEnd = this.#chunks.length === 0 && this.#position !== undefined && this.#position >= this.#end;
    return atEnd ? this.#position : undefined;
  }

  changed(): Promise<void> {
    return this.#wake.wait();
  }

  /** The position, if everything fetched was taken, and yet the end is not reached as far as is known. */
  get starvedAt(): number | undefined {
    const starved = this.#chunks.length === 0 && this.#position !== undefined && this.#position < this.#end;
    return starved ? this.#position : undefined;
  }

  /** Whether the next batch must come from here. */
  expects(position: number | undefined): boolean {
    return this.#position !== undefined && (position === undefined || position === this.#position);
  }

  /** Whether the queue waits for batches, so that one that it does not expect is a sign that kafkajs went elsewhere. */
  get waiting(): boolean {
    return this.#position !== undefined;
  }

  /** Takes records in. `end` is the high watermark at their fetch. */
  accept(chunk: Chunk, end: number): void {
    const { of, fetching, maxBytes } = this.#options;
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes;
    this.#ripen();
    if (this.#bytes >= maxBytes && !this.#paused) {
      this.#paused = true;
      fetching.pause(of);
    }
    this.#moveOn(chunk.next, end);
  }

  /** Offsets without records (transaction markers, aborted and compacted records) were passed. */
  passed(first: number | undefined, next: number, end: number): void {
    if (this.#position === undefined || next <= this.#position) return;
    if (first !== undefined && first < this.#position) return;
    this.#moveOn(next, end);
  }

  /** The last stable offset, asked for: an open transaction holds it below the high watermark. */
  observeEnd(end: number): void {
    this.#end = end;
    this.#wake.notify();
  }

  /** Goes on fetching where the last accepted batch ended. */
  fetchAgain(): void {
    const { of, fetching } = this.#options;
    if (this.#position === undefined) return;
    this.#paused = false;
    fetching.fetchFrom(of, this.#position);
  }

  #moveOn(position: number, end: number): void {
    this.#position = position;
    this.#end = end;
    this.#wake.notify();
  }

  /** Goes on within the batch last taken, without fetching it again. */
  #putBack(position: number): boolean {
    const taken = this.#taken;
    const first = taken?.records[0]?.offset;
    if (taken === undefined || first === undefined || position < first || position >= taken.next) return false;
    const records = taken.records.filter(({ offset }) => offset >= position);
    if (records.length > 0) this.#chunks.unshift({ records, next: taken.next, bytes: 0 });
    this.#ripe = true;
    this.#wake.notify();
    return true;
  }

  #clear(): void {
    clearTimeout(this.#growing);
    this.#chunks = [];
    this.#bytes = 0;
    this.#taken = undefined;
    this.#position = undefined;
  }
}
