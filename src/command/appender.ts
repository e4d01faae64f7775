import type { Aggregate, EventType } from "../catalog/types.ts";
import type { Position } from "../model/position.ts";
import type { Receipt } from "../model/receipt.ts";
import type { Payload } from "../model/value.ts";

/** An event to append to an open topic. */
export interface AppendRequest {
  readonly eventType: EventType;
  /** The aggregate's key; absent: a new UUIDv7. */
  readonly id?: string | undefined;
  readonly payload: Payload;
  /** The W3C trace context of who asks; an invalid one is dropped. */
  readonly traceparent?: string | undefined;
}

/** Where an event landed. */
export interface Appended {
  /** The aggregate's key. */
  readonly id: string;
  /** The event's own id (UUIDv7), as the header `ce_id` has it. */
  readonly eventId: string;
  readonly position: Position;
  readonly receipt: Receipt;
}

/** Appends events to open topics: validated, with their headers, acknowledged only when durable. */
export interface Appender {
  /** @throws EventQLError `EVENT_INVALID`, `KEY_INVALID`, and what `EventLog.append` throws. */
  append(request: AppendRequest): Promise<Appended>;

  /** Appends a tombstone: the aggregate's document is deleted. */
  appendTombstone(aggregate: Aggregate, id: string, traceparent?: string): Promise<Appended>;
}
