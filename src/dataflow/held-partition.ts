import { setTimeout as delay } from "node:timers/promises";
import type { OffsetRange, RecordBatch } from "../event-log/event-log.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import type { Logger } from "../telemetry/logger.ts";
import { StreamCommitter } from "./stream-committer.ts";
import type { StreamServices } from "./stream-services.ts";
import { type StreamSession, openStreamSession } from "./stream-session.ts";
import type { TargetTopics } from "./target-topics.ts";

/** What a partition of a stream works with. */
export interface StreamPartitionOptions {
  readonly services: StreamServices;
  readonly stream: Stream;
  readonly of: TopicPartition;
  /** Of its topic. */
  readonly partitions: number;
  readonly targets: TargetTopics;
}

/** A partition while this process owns it. */
export interface Held {
  readonly session: StreamSession;
  readonly committer: StreamCommitter;
}

/** How long, in ms, one that was fenced waits before it takes over again: at first, and at the most. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;

/** Takes a partition over, as often as that is needed. */
export class HeldPartition {
  readonly #options: StreamPartitionOptions;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  /** Of the log, as far as it was seen. */
  #range: OffsetRange = { low: 0, high: 0 };
  #held: Held | undefined;
  /** Whether who delivers goes on from where it was taken over. */
  #isTold = false;
  #pauseMs = 0;

  constructor(options: StreamPartitionOptions, logger: Logger, signal: AbortSignal) {
    this.#options = options;
    this.#logger = logger;
    this.#signal = signal;
  }

  /** Undefined: it isn't held, or can't be written for any more. */
  get held(): Held | undefined {
    return this.#held?.committer.isOver === false ? this.#held : undefined;
  }

  /** How it was held last. */
  get last(): Held | undefined {
    return this.#held;
  }

  /** What the log has. */
  assigned(range: OffsetRange): void {
    this.#range = range;
  }

  /** The log has had this. */
  saw({ next }: RecordBatch): void {
    this.#range = { low: this.#range.low, high: Math.max(this.#range.high, next) };
  }

  /** Somebody else has taken over. */
  fenced(): void {
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs));
    this.#logger.info({}, "another process has taken the partition of a stream over");
  }

  /** It was written for: nobody quarrels about it. */
  wrote(): void {
    this.#pauseMs = 0;
  }

  /** Everything before `end`, the log's end, was delivered and worked on. */
  passed(end: number): void {
    if (this.#isTold) this.held?.committer.passed(end);
  }

  /**
   * Takes it over; returns the position to go on from. `isTold`: who delivers goes on from there.
   * @throws EventQLError `HISTORY_GONE`, and what the ports do.
   */
  async takeOver(isTold: boolean): Promise<number> {
    await this.close();
    if (this.#pauseMs > 0) await delay(this.#pauseMs, undefined, { signal: this.#signal });
    const options = this.#options;
    const session = await openStreamSession({ ...options, range: this.#range });
    const committer = new StreamCommitter({ ...options, session, logger: this.#logger });
    this.#held = { session, committer };
    this.#isTold = isTold;
    if (this.#signal.aborted) await committer.close();
    return session.from;
  }

  /** Stores how far it is, and gives it up. Never rejects. */
  async close(): Promise<void> {
    await this.#held?.committer.close();
  }
}
