import { messageOf } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { retryUntilDone } from "../backoff.ts";
import type { OffsetRange, RangeRecords, RecordBatch } from "../event-log.ts";
import type { PartitionSource } from "../partition-pump.ts";
import { Wake } from "../wake.ts";

/** What a partition's reader needs. */
export interface RemotePartitionOptions {
  readonly of: TopicPartition;
  range(): Promise<OffsetRange>;
  /**
   * Asks for records from a position on; where there are none, it waits for some, for a while, or not at all.
   * `complete`: there were no more. @throws EventQLError where the server can't be reached.
   */
  poll(from: number, wait: boolean, signal: AbortSignal): Promise<RangeRecords>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Answers that wait to be handed over: while one is applied, the next is on its way. */
const MAX_WAITING = 2;

const NOTHING: RangeRecords = { records: [], next: 0, complete: false };

/** Reads one partition of a server's log: an answer at a time, from where the last one ended. */
export class RemotePartition implements PartitionSource {
  readonly #options: RemotePartitionOptions;
  /** Wakes who waits for records. */
  readonly #news: Wake;
  /** Wakes the fetching. */
  readonly #room: Wake;
  #waiting: RangeRecords[] = [];
  /** What was handed over last: whoever goes back a little need not ask for it again. */
  #last: RangeRecords = NOTHING;
  /** Where the next answer begins. */
  #position = 0;
  #end: number | undefined;
  #seeks = new AbortController();

  constructor(options: RemotePartitionOptions) {
    this.#options = options;
    this.#news = new Wake(options.signal);
    this.#room = new Wake(options.signal);
  }

  async range(): Promise<OffsetRange> {
    return await this.#options.range();
  }

  seek(position: number): void {
    const first = this.#last.records[0]?.offset;
    const isHeld = first !== undefined && position >= first && position < this.#last.next;
    if (isHeld && this.#continues()) {
      const records = this.#last.records.filter(({ offset }) => offset >= position);
      this.#waiting.unshift({ ...this.#last, records });
      return;
    }
    this.#waiting = [];
    this.#last = NOTHING;
    this.#position = position;
    this.#end = undefined;
    this.#seeks.abort();
    this.#seeks = new AbortController();
    this.#room.notify();
  }

  take(): RecordBatch | undefined {
    const chunk = this.#waiting.shift();
    this.#room.notify();
    if (chunk === undefined) return undefined;
    // Of what was gone back in, the whole stays at hand.
    if (chunk.next !== this.#last.next) this.#last = chunk;
    return { ...this.#options.of, records: chunk.records, next: chunk.next };
  }

  end(): number | undefined {
    return this.#waiting.length === 0 ? this.#end : undefined;
  }

  changed(): Promise<void> {
    return this.#news.wait();
  }

  /** Fetches until the signal. Never rejects. */
  async run(): Promise<void> {
    const { signal, of, logger } = this.#options;
    // The handler says first where to begin.
    await this.#room.wait();
    while (!signal.aborted) {
      if (this.#waiting.length >= MAX_WAITING) await this.#room.wait();
      else
        await retryUntilDone(async () => await this.#fetch(), {
          signal,
          onFailure: (error, pauseMs) =>
            logger.warn({ ...of, error: messageOf(error), pauseMs }, "Records could not be fetched; it is retried."),
        });
    }
  }

  async #fetch(): Promise<void> {
    const { signal } = this.#seeks;
    const from = this.#position;
    try {
      const isAtEnd = this.#end === from;
      const chunk = await this.#options.poll(from, isAtEnd, AbortSignal.any([signal, this.#options.signal]));
      if (!signal.aborted) this.#keep(chunk);
    } catch (error) {
      // The position has changed: the next fetch is another one.
      if (!signal.aborted) throw error;
    }
  }

  #keep(chunk: RangeRecords): void {
    this.#position = Math.max(this.#position, chunk.next);
    this.#end = chunk.complete ? this.#position : undefined;
    if (chunk.records.length > 0) this.#waiting.push(chunk);
    this.#news.notify();
  }

  /** Whether what waits, or is fetched next, begins behind what was handed over last. */
  #continues(): boolean {
    const next = this.#waiting[0]?.records[0]?.offset ?? this.#position;
    return next >= this.#last.next;
  }
}
