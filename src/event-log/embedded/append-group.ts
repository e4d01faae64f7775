import { EventQLError, messageOf } from "../../errors.ts";
import type { Position, TopicPartition } from "../../model/position.ts";
import { isBusy, type LogFile, type StoredRecord } from "./log-file.ts";

interface Waiting extends PromiseWithResolvers<Position> {
  readonly record: StoredRecord;
  readonly deadline: number;
}

/** What a group needs. */
export interface AppendGroupOptions {
  readonly file: LogFile;
  /** How long a caller waits for the file, in ms. */
  readonly timeoutMs: number;
  /** Told of each partition that was appended to. */
  readonly onAppended: (of: TopicPartition) => void;
}

const RETRY_MS = 10;

/** Group commit: what is appended in one turn of the event loop is one transaction, and one sync of the disk. */
export class AppendGroup {
  readonly #options: AppendGroupOptions;
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(options: AppendGroupOptions) {
    this.#options = options;
  }

  /** Appends one record. Records land in the order of the calls. */
  append(record: StoredRecord): Promise<Position> {
    const waiting = { record, deadline: Date.now() + this.#options.timeoutMs, ...Promise.withResolvers<Position>() };
    this.#waiting.push(waiting);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#commit());
    }
    return waiting.promise;
  }

  /** Resolves when no caller waits any more. */
  async drained(): Promise<void> {
    await Promise.allSettled(this.#waiting.map(({ promise }) => promise));
  }

  #commit(): void {
    this.#scheduled = false;
    const group = this.#waiting;
    try {
      const offsets = this.#options.file.append(group.map(({ record }) => record));
      this.#waiting = [];
      this.#settle(group, offsets);
    } catch (error) {
      if (isBusy(error)) this.#later(error);
      else {
        this.#waiting = [];
        for (const { record, reject } of group) reject(notWritten(record, error));
      }
    }
  }

  #settle(group: readonly Waiting[], offsets: readonly number[]): void {
    const touched = new Map<string, TopicPartition>();
    for (const [index, { record, resolve }] of group.entries()) {
      const of = { topic: record.topic.name, partition: record.partition };
      touched.set(`${of.partition}/${of.topic}`, of);
      resolve({ ...of, offset: offsets[index] ?? 0 });
    }
    for (const of of touched.values()) this.#options.onAppended(of);
  }

  /** Another connection holds the file. Where the oldest caller's time is over, so is that of all who wait behind it. */
  #later(error: unknown): void {
    const oldest = this.#waiting[0];
    if (oldest !== undefined && oldest.deadline <= Date.now()) {
      for (const { reject } of this.#waiting) reject(held(this.#options.timeoutMs, error));
      this.#waiting = [];
    } else {
      this.#scheduled = true;
      setTimeout(() => this.#commit(), RETRY_MS);
    }
  }
}

function notWritten({ topic }: StoredRecord, cause: unknown): EventQLError {
  return new EventQLError(
    "APPEND_FAILED",
    `The event for topic "${topic.name}" was not written to the data file: ${messageOf(cause)}. Check the disk's space and rights.`,
    { cause, details: { topic: topic.name } },
  );
}

function held(timeoutMs: number, cause: unknown): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `Another process has held the data file for ${timeoutMs} ms; the event was not written. Try again, or end that process.`,
    { cause },
  );
}
