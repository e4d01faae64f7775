import { EventQLError } from "../../errors.ts";
import type { Position } from "../../model/position.ts";
import { BATCH_OVERHEAD } from "../record-size.ts";
import { type LaneRecord, PendingAppend } from "./lane-batch.ts";

/** Records in one batch: kafkajs groups them in quadratic time. */
const MAX_BATCH_RECORDS = 1_000;
/** Bytes in one request; brokers take 100 MiB. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** The appends that wait, in order, and the deadlines of their callers. */
export class AppendQueue {
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  #waiting: PendingAppend[] = [];
  #inFlight: readonly PendingAppend[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param timeoutMs how long a caller waits
   * @param maxBytes how many bytes may wait
   */
  constructor(timeoutMs: number, maxBytes: number) {
    this.#timeoutMs = timeoutMs;
    this.#maxBytes = maxBytes;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Adds a record at the end. */
  add(record: LaneRecord): Promise<Position> {
    if (this.#bytes + record.bytes > this.#maxBytes) return Promise.reject(overfull(this.#bytes));
    const append = new PendingAppend(record, Date.now() + this.#timeoutMs);
    this.#waiting.push(append);
    this.#bytes += record.bytes;
    this.#timer ??= setTimeout(() => this.#expire(), this.#timeoutMs);
    return append.landed;
  }

  /** Takes the next batch: as much as one request and each partition's batch may hold. */
  take(): readonly PendingAppend[] {
    const count = this.#fitting();
    this.#inFlight = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    for (const append of this.#inFlight) this.#bytes -= append.record.bytes;
    return this.#inFlight;
  }

  /** The batch in flight has ended. */
  settled(batch: readonly PendingAppend[]): void {
    if (this.#inFlight === batch) this.#inFlight = [];
  }

  /** Rejects everything that waits for one of the keys. */
  rejectKeys(laneKeys: ReadonlySet<string>, error: () => EventQLError): void {
    if (laneKeys.size === 0) return;
    this.#waiting = this.#waiting.filter((append) => {
      if (!laneKeys.has(append.laneKey)) return true;
      this.#bytes -= append.record.bytes;
      append.reject(error());
      return false;
    });
  }

  /** Resolves when no caller waits any more. */
  async drained(): Promise<void> {
    await Promise.allSettled([...this.#inFlight, ...this.#waiting].map((append) => append.landed));
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fitting(): number {
    const perPartition = new Map<string, number>();
    let total = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      const id = `${record.partition}/${record.topic}`;
      const bytes = (perPartition.get(id) ?? BATCH_OVERHEAD) + record.bytes;
      total += record.bytes;
      const fits = count < MAX_BATCH_RECORDS && bytes <= record.maxBatchBytes && total <= MAX_BATCH_BYTES;
      if (!fits && count > 0) break;
      perPartition.set(id, bytes);
      count += 1;
    }
    return count;
  }

  /** Answers the callers whose time is over. What was not sent yet is taken back, with what follows for its keys. */
  #expire(): void {
    const now = Date.now();
    for (const append of this.#inFlight) if (!append.settled && append.deadline <= now) append.reject(append.unknown());
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    this.rejectKeys(new Set(late.map(({ laneKey }) => laneKey)), () => unsent(this.#timeoutMs));
    const next = this.#inFlight.find(({ settled }) => !settled) ?? this.#waiting[0];
    this.#timer = next && setTimeout(() => this.#expire(), Math.max(next.deadline - Date.now(), 1));
  }
}

function overfull(bytes: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `Appends of ${bytes} bytes wait for the event log already; this one was not written. Try again later.`,
  );
}

function unsent(timeoutMs: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The event log was not reachable within ${timeoutMs} ms; the event was not written. Try again later.`,
  );
}
