import type { DecodedEvent } from "../catalog/codec.ts";
import type { LogRecord } from "../model/event.ts";
import type { EventInvalidation } from "../model/event-invalidation.ts";
import type { Feed, FeedSink } from "./feed.ts";

/** An event as the log has it. The same object goes to all subscribers of a live feed. */
export interface EventItem {
  /** The aggregate's id. */
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: DecodedEvent | undefined;
  readonly record: LogRecord;
  /** Of a history: what made the event's transaction invalid, so that it doesn't count any more. */
  readonly invalidated?: EventInvalidation | undefined;
  /** Where to go on after it, in all partitions. It is made when it is first asked for. */
  readonly cursor: string;
}

/** What to follow. */
export interface EventRequest {
  readonly topic: string;
  /** Full Avro names of the event types wanted; others of the topic are left out. Undefined: all. */
  readonly eventTypes: ReadonlySet<string> | undefined;
  readonly tombstones: boolean;
  /** Only these keys; undefined: all. */
  readonly ids: ReadonlySet<string> | undefined;
  /** A cursor to go on from; undefined: the log's end as of now. */
  readonly after: string | undefined;
}

/** A part of what there is to read. */
export interface EventPageRequest extends Omit<EventRequest, "after"> {
  /** A cursor to go on from; undefined: the log's beginning. */
  readonly after: string | undefined;
  /** At most so many events, at least one. */
  readonly limit: number;
}

/** Events of all partitions: those of a partition in their order, those of different ones about by their time. */
export interface EventPage {
  readonly items: readonly EventItem[];
  /** Where to go on; also where there was nothing. */
  readonly cursor: string;
  /** Whether there was more when it was read. A page may be short, or empty, all the same. */
  readonly more: boolean;
}

/**
 * Tells many subscribers the events of topics, each event in the order of its partition. Records that are no events
 * (not Avro, a key that is no text) are left out.
 */
export interface EventFeed {
  /**
   * Resolves once every event from now (or from the cursor) on will be delivered, none lost and none twice. Nothing is
   * delivered before that.
   * @throws EventQLError `CURSOR_INVALID`, `CURSOR_EXPIRED`, `LIMIT_EXCEEDED`, `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`.
   */
  subscribe(request: EventRequest, sink: FeedSink<EventItem>): Promise<Feed>;

  /**
   * Reads what there is, a page at a time. With `ids`, what lies between them is looked through, within a bound.
   * @throws EventQLError `CURSOR_INVALID`, `CURSOR_EXPIRED`, `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`,
   *   `REGISTRY_UNAVAILABLE`.
   */
  page(request: EventPageRequest): Promise<EventPage>;

  /** Ends all deliveries with `SHUTTING_DOWN`, each with the cursor of where it stands. */
  close(): Promise<void>;
}
