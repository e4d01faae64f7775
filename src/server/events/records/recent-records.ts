import type { RangeRecords } from "../../../event-log/event-log.ts";
import type { LogRecord } from "../../../model/event.ts";

/** The newest records of a partition, as far as they fit a bound, in their order. */
export class RecentRecords {
  readonly #maxBytes: number;
  readonly #changed = new Set<() => void>();
  #records: LogRecord[] = [];
  #bytes = 0;
  #start: number;
  #position: number;

  /** @param maxBytes what it may hold @param position where it begins */
  constructor(maxBytes: number, position: number) {
    this.#maxBytes = maxBytes;
    this.#start = position;
    this.#position = position;
  }

  /** The offset from which on everything is here. */
  get start(): number {
    return this.#start;
  }

  /** The position behind everything that is here. */
  get position(): number {
    return this.#position;
  }

  /** Adds what comes next, up to the position behind it. */
  add(records: readonly LogRecord[], next: number): void {
    for (const record of records) {
      if (record.offset < this.#position) continue;
      this.#records.push(record);
      this.#bytes += bytesOf(record);
    }
    this.#trim();
    this.moveTo(next);
  }

  /** There is nothing before this position but what is here. */
  moveTo(position: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    this.#wake();
  }

  /** Begins anew: what is here doesn't go on. */
  restart(position: number): void {
    this.#records = [];
    this.#bytes = 0;
    this.#start = position;
    this.#position = position;
    this.#wake();
  }

  /** Those from an offset on that is here. */
  from(offset: number, maxBytes: number): RangeRecords {
    return cut({ records: this.#records.filter((record) => record.offset >= offset), next: this.#position }, maxBytes);
  }

  /** Resolves at the next change, after so many ms, or at the signal. */
  async changed(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#changed.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    this.#changed.delete(resolve);
  }

  #trim(): void {
    let first = 0;
    while (this.#bytes > this.#maxBytes && first < this.#records.length) {
      const record = this.#records[first];
      if (record === undefined) break;
      this.#bytes -= bytesOf(record);
      this.#start = record.offset + 1;
      first += 1;
    }
    if (first > 0) this.#records.splice(0, first);
  }

  #wake(): void {
    for (const resolve of this.#changed) resolve();
    this.#changed.clear();
  }
}

/** Cuts a range to about so many bytes, but not to nothing. */
export function cut(
  { records, next, complete = true }: Omit<RangeRecords, "complete"> & { readonly complete?: boolean },
  maxBytes: number,
): RangeRecords {
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    bytes += bytesOf(record);
    if (index === 0 || bytes <= maxBytes) continue;
    return { records: records.slice(0, index), next: (records[index - 1]?.offset ?? 0) + 1, complete: false };
  }
  return { records, next, complete };
}

/** About what a record takes. */
export function bytesOf({ key, value, headers }: LogRecord): number {
  const names = Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  return 32 + (key?.length ?? 0) + (value?.length ?? 0) + names;
}
