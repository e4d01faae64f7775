import type { LogRecord } from "../model/event.ts";
import { transactionOf } from "../model/transaction-id.ts";
import type { Invalidation, KeyParking } from "../projector/invalidations.ts";

/** What counted of a key's events at some offset. */
export interface Standing {
  /** Only events before this offset had been applied. */
  readonly until: number;
  /** The invalidation that changed the key last; undefined: none had. */
  readonly last: Invalidation | undefined;
  /** Whether an event didn't count any more. */
  readonly isInvalid: (record: LogRecord) => boolean;
}

/** The invalidations of one key in the order of their offsets, and what they mean for its events. */
export class Timeline {
  readonly #key: string;
  /** Those that changed the key, or met it parked. */
  readonly #all: readonly Invalidation[];
  /** Those that changed it. */
  readonly #effective: readonly Invalidation[];

  constructor(key: string, invalidations: readonly Invalidation[]) {
    this.#key = key;
    this.#all = invalidations;
    this.#effective = invalidations.filter((each) => this.#parking(each)?.failed !== true);
  }

  /** What counted when the partition's projection had passed an offset. */
  at(offset: number): Standing {
    const index = this.#all.findLastIndex((each) => each.offset <= offset);
    const left = this.#all[index];
    const next = this.#all[index + 1];
    const parkedAt = (left && this.#parking(left)?.after) ?? (next && this.#parking(next)?.before);
    const until = Math.min(offset + 1, parkedAt ?? Number.POSITIVE_INFINITY);
    const effective = this.#effective.filter((each) => each.offset <= offset);
    return { until, last: effective.at(-1), isInvalid: (record) => invalidationIn(effective, record) !== undefined };
  }

  /** What made an event invalid; undefined: it counts. */
  invalidationOf(record: LogRecord): Invalidation | undefined {
    return invalidationIn(this.#all, record);
  }

  /** Whether an event, the next one behind an offset, doesn't tell what the document's version was there. */
  hides(record: LogRecord | undefined, offset: number): boolean {
    const next = this.#effective.find((each) => each.offset > offset);
    if (next === undefined) return false;
    const parkedAt = this.#parking(next)?.before ?? next.offset;
    return record === undefined || record.offset >= parkedAt;
  }

  /** The newest invalidation that is not later than a time in ms, of those before an offset. */
  newestAt(timestamp: number, until: number): Invalidation | undefined {
    return this.#effective.findLast(({ at, offset }) => at <= timestamp && offset < until);
  }

  #parking({ parking }: Invalidation): KeyParking | undefined {
    return parking.find(({ key }) => key === this.#key);
  }
}

/** The first one of the event's transaction: later ones change nothing. */
function invalidationIn(
  invalidations: readonly Invalidation[],
  { headers, offset }: LogRecord,
): Invalidation | undefined {
  const transaction = transactionOf(headers);
  if (transaction === undefined) return undefined;
  return invalidations.find((each) => each.transaction === transaction && offset < each.offset);
}
