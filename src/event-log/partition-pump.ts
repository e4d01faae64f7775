import { messageOf } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Logger } from "../telemetry/logger.ts";
import { retryUntilDone } from "./backoff.ts";
import type { ConsumerHandler, OffsetRange, RecordBatch } from "./event-log.ts";

/** Where a pump gets a partition's records from. */
export interface PartitionSource {
  /** The offsets that the partition has now. */
  range(): Promise<OffsetRange>;

  /** Delivery goes on at `position`: what is held ready for elsewhere is dropped. */
  seek(position: number): void;

  /** Everything held ready, in order; undefined if there is nothing. */
  take(): RecordBatch | undefined;

  /** The position, if everything up to the log's end was taken; else undefined. */
  end(): number | undefined;

  /** Resolves when there may be something new, and when delivery is to end. */
  changed(): Promise<void>;
}

/** What a pump needs. */
export interface PumpOptions {
  readonly of: TopicPartition;
  readonly source: PartitionSource;
  readonly handler: ConsumerHandler;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Delivers one partition to a handler, call after call, from its assignment to the signal. */
export class PartitionPump {
  readonly #options: PumpOptions;
  #applied: number | undefined;
  #begun = false;
  #reported: number | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  /** Whether the handler was told of the assignment. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The position up to which the handler has applied; undefined until it has said where to begin. */
  get applied(): number | undefined {
    return this.#applied;
  }

  /** Runs until the signal; resolves when the handler's last call has ended. Never rejects. */
  async run(): Promise<void> {
    const { source, signal } = this.#options;
    const from = await this.#retried("The handler could not take the partition on", () => this.#assign());
    if (from === undefined) return;
    this.#applied = from;
    source.seek(from);
    while (!signal.aborted) {
      const batch = await this.#retried("The partition could not be read", () => this.#take());
      if (batch !== undefined) await this.#deliver(batch);
      else if (!signal.aborted) {
        this.#reportEnd(source.end());
        await source.changed();
      }
    }
  }

  async #take(): Promise<RecordBatch | undefined> {
    return this.#options.source.take();
  }

  async #assign(): Promise<number> {
    const { of, source, handler, signal } = this.#options;
    const range = await source.range();
    // Taken away meanwhile: the handler has not been told of it, and need not be.
    if (signal.aborted) return range.low;
    this.#begun = true;
    return handler.assigned(of, range);
  }

  async #deliver(batch: RecordBatch): Promise<void> {
    const { source, handler } = this.#options;
    const next = await this.#retried("The handler could not apply a batch", () => handler.records(batch));
    if (next === undefined) return;
    this.#applied = next;
    this.#reported = undefined;
    if (next !== batch.next) source.seek(next);
  }

  #reportEnd(end: number | undefined): void {
    if (end === undefined || end === this.#reported) return;
    this.#reported = end;
    const { of, handler, logger } = this.#options;
    try {
      handler.caughtUp(of, end);
    } catch (error) {
      logger.error({ ...of, error: messageOf(error) }, "The handler failed on hearing that it has caught up.");
    }
  }

  #retried<T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> {
    const { of, logger, signal } = this.#options;
    return retryUntilDone(attempt, {
      signal,
      onFailure: (error, pauseMs) =>
        logger.warn({ ...of, error: messageOf(error), pauseMs }, `${what}; it is retried.`),
    });
  }
}
