import { didYouMean } from "../catalog/problems.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Aggregate, Catalog, EventType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";

/** The aggregates of a topic, at least one. @throws EventQLError `TOPIC_NOT_FOUND`. */
export function aggregatesOf(
  catalog: Pick<Catalog, "aggregates">,
  topic: string,
): readonly [Aggregate, ...Aggregate[]] {
  const aggregates = topicAggregates(catalog.aggregates);
  const [first, ...more] = aggregates.filter((aggregate) => aggregate.topic === topic);
  if (first !== undefined) return [first, ...more];
  throw new EventQLError(
    "TOPIC_NOT_FOUND",
    `No schema is registered for events of topic ${topic}. ${didYouMean(topic, [...new Set(aggregates.map((each) => each.topic))])}`,
    { details: { topic } },
  );
}

/**
 * An event type of a topic's aggregates: by its name, its full Avro name, or the record's own name, which is another one
 * where several topics have such a record. @throws EventQLError `EVENT_TYPE_UNKNOWN`.
 */
export function findEventType(
  aggregates: readonly Aggregate[],
  topic: string,
  name: string,
): { readonly aggregate: Aggregate; readonly eventType: EventType } {
  const known = aggregates.flatMap((aggregate) => aggregate.eventTypes.map((eventType) => ({ aggregate, eventType })));
  const found =
    known.find(({ eventType }) => eventType.name === name) ??
    known.find(({ eventType }) => eventType.fullName === name) ??
    known.find(({ eventType }) => eventType.fullName.endsWith(`.${name}`));
  if (found !== undefined) return found;
  const names = known.map(({ eventType }) => eventType.name);
  throw new EventQLError("EVENT_TYPE_UNKNOWN", `Topic ${topic} has no event type ${name}. ${didYouMean(name, names)}`, {
    details: { topic },
  });
}
