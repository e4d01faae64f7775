import type { EventQLError } from "../../errors.ts";
import type { NewRecord } from "../../model/event.ts";
import type { Position } from "../../model/position.ts";

/** Records, and bytes of values, of one request at most. */
const MAX_RECORDS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** An append whose caller waits. */
export interface PendingAppend {
  readonly record: NewRecord;
  /** Since when, in ms of the monotonic clock. */
  readonly since: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: EventQLError) => void;
}

/** The appends to one topic that were not sent yet, in the order of their calls. */
export class PendingAppends {
  #waiting: PendingAppend[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(record: NewRecord): Promise<Position> {
    const { promise, resolve, reject } = Promise.withResolvers<Position>();
    this.#waiting.push({ record, since: performance.now(), resolve, reject });
    return promise;
  }

  /** Takes out as much as one request may hold. */
  take(): readonly PendingAppend[] {
    let count = 0;
    let bytes = 0;
    for (const { record } of this.#waiting) {
      bytes += (record.value?.length ?? 0) + record.key.length;
      if (count > 0 && (count >= MAX_RECORDS || bytes > MAX_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Rejects what waits for one of the keys. */
  rejectKeys(keys: ReadonlySet<string>, error: () => EventQLError): void {
    if (keys.size === 0) return;
    const rejected = this.#waiting.filter(({ record }) => keys.has(record.key));
    this.#waiting = this.#waiting.filter(({ record }) => !keys.has(record.key));
    for (const { reject } of rejected) reject(error());
  }

  /** Rejects what has waited longer than so many ms, and what comes after it for the same keys. */
  rejectOlder(ms: number, error: () => EventQLError): void {
    const late = this.#waiting.filter(({ since }) => performance.now() - since > ms);
    this.rejectKeys(new Set(late.map(({ record }) => record.key)), error);
  }

  /** Rejects all. */
  rejectAll(error: () => EventQLError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error());
  }
}
