import type { EventItem } from "../event-feed.ts";
import { toCursor } from "./cursor.ts";
import type { KeyedEvent } from "./event-decoder.ts";

/**
 * What is handed to subscribers. Its cursor is made when it is first asked for.
 * @param next the next offset of each partition when the event is handed over; must not change afterwards
 */
export function toEventItem(
  { id, event, record, invalidated }: KeyedEvent & Pick<EventItem, "invalidated">,
  next: readonly number[],
): EventItem {
  let cursor: string | undefined;
  return {
    id,
    event,
    record,
    ...(invalidated === undefined ? {} : { invalidated }),
    get cursor() {
      cursor ??= toCursor(record.topic, next.with(record.partition, record.offset + 1));
      return cursor;
    },
  };
}
