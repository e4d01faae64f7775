import { parsePayload } from "../catalog/payload-json.ts";
import type { Aggregate, Catalog, EventType } from "../catalog/types.ts";
import type { Appended, Appender } from "../command/appender.ts";
import { EventQLError } from "../errors.ts";
import type { EventLine } from "./event-line.ts";

/** Appends what lines ask for to one topic. */
export interface LineAppender {
  append(line: EventLine): Promise<Appended>;
  appendTombstone(key: string): Promise<Appended>;
}

/**
 * Makes the appender of a topic.
 * @throws EventQLError `BAD_USER_INPUT` where no schema is registered for the topic, naming the topics that have one.
 */
export function createLineAppender(topic: string, catalog: Catalog, appender: Appender): LineAppender {
  const aggregates = catalog.aggregates.filter((aggregate) => aggregate.topic === topic);
  const [aggregate] = aggregates;
  if (aggregate === undefined) throw unknownTopic(topic, catalog.aggregates);
  const eventTypes = aggregates.flatMap((each) => each.eventTypes);
  const appendTombstone = async (key: string): Promise<Appended> => await appender.appendTombstone(aggregate, key);
  return {
    appendTombstone,
    async append({ key, schema, value, keyField }) {
      if (value === null) return await appendTombstone(key ?? "");
      const eventType = findEventType(topic, eventTypes, schema);
      const payload = parsePayload(eventType, withoutKey(eventType, value, keyField));
      return await appender.append({ eventType, id: key, payload });
    },
  };
}

/** Finds an event type by its full, short or GraphQL name; a topic's only one needs no name. */
function findEventType(topic: string, eventTypes: readonly EventType[], name: string | undefined): EventType {
  const names = eventTypes.map((eventType) => eventType.name).join(", ");
  const [first, ...more] = eventTypes;
  if (name === undefined) {
    if (first !== undefined && more.length === 0) return first;
    throw bad(`Topic ${topic} has several event types: name one of ${names} with --schema, or "schema" in the line.`);
  }
  const found =
    eventTypes.find((eventType) => eventType.fullName === name) ??
    eventTypes.find((eventType) => eventType.name === name || eventType.fullName.endsWith(`.${name}`));
  if (found === undefined) throw bad(`Topic ${topic} has no event type ${name}: it has ${names}.`);
  return found;
}

/** The key's field is no part of the event, unless its schema has it too. */
function withoutKey({ record }: EventType, value: unknown, keyField: string | undefined): unknown {
  if (keyField === undefined || record.fields.some(({ name }) => name === keyField)) return value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== keyField));
}

function unknownTopic(topic: string, aggregates: readonly Aggregate[]): EventQLError {
  const topics = [...new Set(aggregates.map((aggregate) => aggregate.topic))];
  return bad(
    topics.length === 0
      ? "The registry has no schemas yet: start the server once, or run eventql schema register."
      : `No schema is registered for topic ${topic}: the topics with schemas are ${topics.join(", ")}.`,
  );
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
