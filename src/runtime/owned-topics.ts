import { commandsTopicOf, outcomesTopicOf } from "../catalog/topic-kinds.ts";
import type { Aggregate } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { TopicDescription, TopicSpec } from "../event-log/event-log.ts";

/** How long it is known how a command ended, in ms. */
const OUTCOMES_MS = 7 * 24 * 3_600_000;

/** The topics that go with an owned one of so many partitions; none with an open one. Commands are kept forever. */
export function topicsBeside({ topic, owned }: Aggregate, partitions: number): readonly TopicSpec[] {
  if (owned === undefined) return [];
  const count = owned.transactions ? 1 : partitions;
  return [
    { name: commandsTopicOf(topic), partitions: count },
    { name: outcomesTopicOf(topic), partitions: count, retentionMs: OUTCOMES_MS },
  ];
}

/**
 * Whether the topics that go with an owned one are there and as they must be. Topics of which there is no description don't
 * exist.
 * @throws EventQLError `TOPIC_UNSUITABLE` naming what is in the way, `TOPIC_NOT_FOUND` naming what is missing.
 */
export function checkTopicsBeside(aggregate: Aggregate, descriptions: ReadonlyMap<string, TopicDescription>): void {
  const events = descriptions.get(aggregate.topic);
  // Nobody knows how many partitions they should have.
  if (events === undefined) return;
  const specs = topicsBeside(aggregate, events.partitions);
  const obstacles = specs.flatMap((spec) => obstaclesOf(aggregate, spec, descriptions.get(spec.name)));
  if (obstacles.length > 0) {
    throw new EventQLError("TOPIC_UNSUITABLE", `Topic ${aggregate.topic} can't be owned: ${obstacles.join("; ")}.`, {
      details: { topic: aggregate.topic, obstacles },
    });
  }
  const missing = specs.filter(({ name }) => !descriptions.has(name));
  if (missing.length === 0) return;
  const named = missing.map(({ name, partitions }) => `${name} (${counted(partitions)})`).join(" and ");
  throw new EventQLError(
    "TOPIC_NOT_FOUND",
    `Topic ${aggregate.topic} is owned, and there is no ${named}: create what is missing, or start with --create-topics.`,
    { details: { topic: aggregate.topic, missing: missing.map(({ name }) => name) } },
  );
}

function obstaclesOf(
  { topic, owned }: Aggregate,
  { name, partitions, retentionMs }: TopicSpec,
  found: TopicDescription | undefined,
): readonly string[] {
  if (found === undefined) return [];
  const obstacles: string[] = [];
  if (found.partitions !== partitions) {
    const why = owned?.transactions === true ? "one, for there are transactions" : `${partitions}, as ${topic}`;
    obstacles.push(`${name} has ${counted(found.partitions)}, and must have ${why}: make it anew`);
  }
  if (found.compacted) obstacles.push(`${name} is compacted: set its cleanup.policy to delete`);
  if (retentionMs === undefined && found.retentionMs !== undefined)
    obstacles.push(`${name} expires, and commands are kept: set its retention.ms to -1`);
  return obstacles;
}

function counted(partitions: number): string {
  return partitions === 1 ? "1 partition" : `${partitions} partitions`;
}
