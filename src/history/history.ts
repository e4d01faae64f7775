import type { DecodedEvent } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import type { LogRecord } from "../model/event.ts";
import type { EventInvalidation } from "../model/event-invalidation.ts";
import type { StoredDocument } from "../read-model/read-model.ts";

/** An event of a key that was applied, as it was written. */
export interface HistoryEvent {
  /** The aggregate's id. */
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: DecodedEvent | undefined;
  readonly record: LogRecord;
  /** What made its transaction invalid, so that it doesn't count any more; absent: it counts. */
  readonly invalidated?: EventInvalidation | undefined;
}

/** Whose history to read. */
export interface HistoryOf {
  readonly aggregate: Aggregate;
  readonly id: string;
  /** See at least everything up to the newest checkpoint that this process was told of. */
  readonly causal: boolean;
  /** How many events may still be read for this caller: it shrinks. */
  readonly budget: HistoryBudget;
}

/** How many events may be read. */
export interface HistoryBudget {
  left: number;
}

/** Which events to read: the first ones of a range, or the last ones. */
export interface EventsRequest extends HistoryOf {
  /** Only events behind this offset. */
  readonly after: number | undefined;
  /** Only events before this offset. */
  readonly before: number | undefined;
  readonly limit: number;
  readonly newest: boolean;
}

/** Events of a key. */
export interface EventsPage {
  /** Oldest first. */
  readonly events: readonly HistoryEvent[];
  /** Whether the range has more, behind them or with `newest` before them. */
  readonly more: boolean;
  /** Up to where each partition of the topic was applied. */
  readonly positions: readonly number[];
}

/** A moment in a key's history: behind the event of an offset, or at a time in ms. */
export type Moment = { readonly offset: number } | { readonly timestamp: number };

/** What was, of each key: the events that were applied, and what they had made. */
export interface History {
  /**
   * Reads a page of a key's events. Dead letters, and what waits behind them, are not among them.
   * @throws EventQLError `LIMIT_EXCEEDED` where too many records would have to be looked at, `READ_MODEL_UNAVAILABLE`,
   *   `EVENT_LOG_UNAVAILABLE`, `REGISTRY_UNAVAILABLE`.
   */
  events(request: EventsRequest): Promise<EventsPage>;

  /**
   * The document as it was at a moment; undefined where there was none. Of a time, that is the state behind the last of
   * the key's events, by offset, whose timestamp is not later.
   * @throws EventQLError `HISTORY_GONE` where the history doesn't reach back far enough to tell, `NOT_YET_PROJECTED` where
   *   the offset is not applied yet; `LIMIT_EXCEEDED`, and as {@link events}.
   */
  documentAt(of: HistoryOf, moment: Moment): Promise<StoredDocument | undefined>;
}
