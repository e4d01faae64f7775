import type { RecordType } from "../../catalog/types.ts";
import { payloadToJson } from "../../catalog/payload-to-json.ts";
import { placeOf } from "../../event-store/stored-event.ts";
import type { EventItem } from "../../feed/event-feed.ts";
import type { Scope } from "../../security/authorize.ts";
import type { AggregatePlan } from "../plan.ts";

/** An event as JSON shows it: Avro's names, and values as `parsePayload` reads them. */
export interface ShownEvent {
  /** The key. */
  readonly id: string;
  /** The name of its type; null: a tombstone. */
  readonly type: string | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly eventId?: string;
  readonly commandId?: string;
  readonly transaction?: number;
  /** Where to go on after it, in all partitions. */
  readonly cursor: string;
}

/** Shows events with what a caller may see of them. */
export type ShowEvent = (item: EventItem) => ShownEvent;

/** How events of an aggregate are shown to one who may see some columns: as GraphQL does, that of no column is left out. */
export function eventShower(plan: AggregatePlan, { columns }: Pick<Scope, "columns">): ShowEvent {
  const shown = new Map(
    plan.subscription.events.map((event) => [event.eventType.fullName, shownFields(event, columns)]),
  );
  return ({ id, event, record, cursor }) => {
    const { position, timestamp, eventId, commandId, transaction } = placeOf({ id, record });
    const eventType = event?.writer.eventType;
    const fields = shown.get(eventType?.fullName ?? "") ?? new Set();
    const payload =
      event &&
      payloadToJson(event.writer.eventType.record, event.payload, hiddenOf(event.writer.eventType.record, fields));
    return {
      id,
      type: eventType?.name ?? null,
      payload: payload ?? null,
      ...position,
      timestamp: timestamp.toISOString(),
      ...(eventId !== undefined && { eventId }),
      ...(commandId !== undefined && { commandId }),
      ...(transaction !== undefined && { transaction }),
      cursor,
    };
  };
}

/** The fields of an event type that a caller may see, by their names in Avro. */
function shownFields(
  { eventType, fields }: AggregatePlan["subscription"]["events"][number],
  columns: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  const keys = eventType.fields.filter(({ key, hidden }) => key && !hidden).map(({ field }) => field.name);
  const seen = fields.filter(({ name, columnName }) => columns?.has(columnName ?? name) ?? true);
  return new Set([...keys, ...seen.map(({ field }) => field.name)]);
}

/** A newer schema may have fields that nothing is known of: they are hidden. */
function hiddenOf({ fields }: RecordType, shown: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(fields.map(({ name }) => name).filter((name) => !shown.has(name)));
}
