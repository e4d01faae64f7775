import type { Catalog } from "../catalog/types.ts";
import { ownOf } from "../catalog/own-of.ts";
import type { Config } from "../config.ts";
import { type EventQLError, isEventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { topicProjections } from "../projector/projection.ts";
import { askedOf } from "./topic-differences.ts";
import { checkTopicSuits } from "../projector/topic-suitability.ts";
import { checkTopicsBeside, topicsBeside } from "./owned-topics.ts";

/** How many partitions a topic that EventQL makes has. */
export const NEW_TOPIC_PARTITIONS = 4;

/** Makes the topics of a catalog that don't exist, as they are to be, and those that go with owned ones. */
export async function createMissingTopics(
  log: Pick<EventLog, "describeTopics" | "createTopics">,
  catalog: Catalog,
  settings: Config["topicSettings"] = {},
): Promise<void> {
  const names = [...topicProjections(catalog).keys()];
  const found = new Map((await log.describeTopics(names)).map(({ name, partitions }) => [name, partitions]));
  const specs = names.map((name) => ({ partitions: NEW_TOPIC_PARTITIONS, ...askedOf(name, ownOf(settings, name)) }));
  const asked = new Map(specs.map(({ name, partitions }) => [name, partitions]));
  const partitionsOf = (topic: string): number => found.get(topic) ?? asked.get(topic) ?? NEW_TOPIC_PARTITIONS;
  await log.createTopics([
    ...specs,
    ...catalog.aggregates.flatMap((aggregate) => topicsBeside(aggregate, partitionsOf(aggregate.topic))),
  ]);
}

/** Why a topic is not projected. */
export interface RefusedTopic {
  readonly topic: string;
  readonly error: EventQLError;
}

/** Checks that each topic is as its aggregates need it; those that aren't are named. */
export async function refuseTopics(
  log: Pick<EventLog, "describeTopics">,
  catalog: Catalog,
): Promise<readonly RefusedTopic[]> {
  const projections = topicProjections(catalog);
  const beside = catalog.aggregates.flatMap((aggregate) => topicsBeside(aggregate, 1)).map(({ name }) => name);
  const described = await log.describeTopics([...projections.keys(), ...beside]);
  const descriptions = new Map(described.map((topic) => [topic.name, topic]));
  const refused: RefusedTopic[] = [];
  for (const [topic, { aggregates }] of projections) {
    try {
      const description = descriptions.get(topic);
      if (description !== undefined) checkTopicSuits(description, aggregates);
      for (const aggregate of aggregates) checkTopicsBeside(aggregate, descriptions);
    } catch (error) {
      if (!isEventQLError(error) || error.retriable) throw error;
      refused.push({ topic, error });
    }
  }
  return refused;
}
