import type { LogRecord } from "../../model/event.ts";
import type { RangeRecords } from "../event-log.ts";
import { RANGE_BYTES } from "../range-limits.ts";
import type { Fetched } from "./fetched.ts";

/** What of a range was read until now. */
export class RangePart {
  readonly #end: number;
  readonly #limit: number;
  readonly #records: LogRecord[] = [];
  #bytes = 0;
  #next: number;

  /** The range from an offset to before another one, and the most records that are wanted of it. */
  constructor(from: number, end: number, limit: number) {
    this.#next = from;
    this.#end = end;
    this.#limit = limit;
  }

  /** The position to go on from. */
  get next(): number {
    return this.#next;
  }

  /** Whether more is to be fetched. */
  get wanted(): boolean {
    return this.#next < this.#end && this.#records.length < this.#limit && this.#bytes < RANGE_BYTES;
  }

  /** Takes what was fetched from {@link next} on. */
  add({ records, next }: Pick<Fetched, "records" | "next">): void {
    for (const record of records) {
      if (record.offset >= this.#end) break;
      if (this.#records.length >= this.#limit) {
        this.#next = record.offset;
        return;
      }
      this.#records.push(record);
      this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    }
    this.#next = Math.min(next, this.#end);
  }

  /** What was read. */
  result(): RangeRecords {
    return { records: [...this.#records], next: this.#next, complete: this.#next >= this.#end };
  }
}
