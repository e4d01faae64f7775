import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { TopicDescription } from "../event-log/event-log.ts";

/**
 * Whether a topic's settings keep enough of it for its aggregates. A compacted topic keeps a key's newest record alone,
 * so its documents can be made again only where each record carries the whole state.
 * @throws EventQLError `TOPIC_UNSUITABLE` naming what is in the way.
 */
export function checkTopicSuits(topic: TopicDescription, aggregates: readonly Aggregate[]): void {
  if (!topic.compacted) return;
  const obstacles = aggregates.flatMap(obstaclesOf);
  if (obstacles.length === 0) return;
  throw new EventQLError(
    "TOPIC_UNSUITABLE",
    `Topic ${topic.name} is compacted, so that only the newest event of a key is kept, but ${obstacles.join("; ")}. ` +
      "Use cleanup.policy=delete for it, or one event type that carries the whole state.",
    { details: { topic: topic.name, obstacles } },
  );
}

function obstaclesOf({ name, eventTypes, owned }: Aggregate): string[] {
  if (owned?.decider?.evolve !== undefined) return [`the decider of ${name} folds each event into the state before it`];
  const relevant = eventTypes.filter(({ effect }) => effect !== "ignore");
  const obstacles = relevant.length > 1 ? [`${name} has ${relevant.length} event types`] : [];
  if (owned?.transactions === true)
    obstacles.push(`${name} has transactions, which are made invalid by records without a key`);
  for (const { fullName, effect, fields } of relevant) {
    if (effect !== "upsert" && effect !== "create") obstacles.push(`${fullName} has the effect ${effect}`);
    for (const { field, effect: fieldEffect } of fields) {
      if (fieldEffect !== "set") obstacles.push(`${fullName}.${field.name} has the effect ${fieldEffect}`);
    }
  }
  return obstacles;
}
