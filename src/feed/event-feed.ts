import type { DecodedEvent } from "../catalog/codec.ts";
import type { LogRecord } from "../model/event.ts";
import type { Feed, FeedSink } from "./feed.ts";

/** An event as the log has it. The same object goes to all subscribers of a live feed. */
export interface EventItem {
  /** The aggregate's id. */
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: DecodedEvent | undefined;
  readonly record: LogRecord;
  /** Where to go on after it, in all partitions. It is made when it is first asked for. */
  readonly cursor: string;
}

/** What to follow. */
export interface EventRequest {
  readonly topic: string;
  /** Full Avro names of the event types wanted; others of the topic are left out. */
  readonly eventTypes: ReadonlySet<string>;
  readonly tombstones: boolean;
  /** Only these keys; undefined: all. */
  readonly ids: ReadonlySet<string> | undefined;
  /** A cursor to go on from; undefined: the log's end as of now. */
  readonly after: string | undefined;
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

  /** Ends all deliveries with `SHUTTING_DOWN`, each with the cursor of where it stands. */
  close(): Promise<void>;
}
