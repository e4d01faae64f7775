import type { DecodedEvent } from "../catalog/codec.ts";
import type { EventItem } from "../feed/event-feed.ts";
import { HEADER, type LogRecord } from "../model/event.ts";
import type { EventPlace, SaidEvent, StoredEvent, StreamedEvent } from "./event-store.ts";

/** What is known of an event that was read. */
interface ReadEvent {
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: DecodedEvent | undefined;
  readonly record: LogRecord;
}

/** Where an event stands, as its record says it. */
export function placeOf({ id, record }: Pick<ReadEvent, "id" | "record">): EventPlace {
  const { topic, partition, offset, timestamp, headers } = record;
  const transaction = headers[HEADER.transaction];
  return {
    id,
    position: { topic, partition, offset },
    timestamp: new Date(timestamp),
    eventId: headers[HEADER.id],
    commandId: headers[HEADER.command],
    transaction: transaction === undefined ? undefined : Number(transaction),
    headers,
  };
}

/** An event as callers get it. */
export function toStored(read: ReadEvent): StoredEvent {
  const { event } = read;
  const said =
    event === undefined
      ? ({ type: null, payload: null } as const)
      : { type: event.writer.eventType.name, payload: event.payload };
  return { ...said, ...placeOf(read) };
}

/** The same of an event of a stream. */
export function toStreamed(item: EventItem): StreamedEvent {
  return { ...toStored(item), cursor: item.cursor };
}

/** Events by the types that the caller says they have: those of `eventql codegen`, from the same schemas. */
export function typed<E extends SaidEvent>(events: readonly StoredEvent[]): readonly StoredEvent<E>[] {
  return events.filter((event) => isOf<E>(event));
}

/** The same of a stream's. */
export function streamedTyped<E extends SaidEvent>(events: readonly StreamedEvent[]): readonly StreamedEvent<E>[] {
  return events.filter((event) => isStreamedOf<E>(event));
}

/** At run time all that was decoded is of its schema: nothing is left out. */
function isOf<E extends SaidEvent>(event: StoredEvent): event is StoredEvent<E> {
  return event.type === null || typeof event.payload === "object";
}

function isStreamedOf<E extends SaidEvent>(event: StreamedEvent): event is StreamedEvent<E> {
  return isOf<E>(event);
}
