import type { Catalog } from "../catalog/types.ts";
import { isAdditive, projectionDefinition } from "../catalog/projection-definition.ts";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { adoptDefinition } from "../projector/definitions.ts";
import { topicProjections } from "../projector/projection.ts";
import { checkTopicSuits } from "../projector/topic-suitability.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { checkTopicsBeside, topicsBeside } from "./owned-topics.ts";

/** How many partitions a topic that EventQL makes has. */
const NEW_TOPIC_PARTITIONS = 4;

/** Makes the topics of a catalog that don't exist, and those that go with owned ones. */
export async function createMissingTopics(
  log: Pick<EventLog, "describeTopics" | "createTopics">,
  catalog: Catalog,
): Promise<void> {
  const names = [...topicProjections(catalog).keys()];
  const found = new Map((await log.describeTopics(names)).map(({ name, partitions }) => [name, partitions]));
  const partitionsOf = (topic: string): number => found.get(topic) ?? NEW_TOPIC_PARTITIONS;
  await log.createTopics([
    ...names.map((name) => ({ name, partitions: NEW_TOPIC_PARTITIONS })),
    ...catalog.aggregates.flatMap((aggregate) => topicsBeside(aggregate, partitionsOf(aggregate.topic))),
  ]);
}

/** Why a topic is not projected. */
export interface RefusedTopic {
  readonly topic: string;
  readonly error: EventQLError;
}

/** Checks that each topic can be projected into the documents that are stored; those that can't are named. */
export async function refuseTopics(
  log: EventLog,
  readModel: ReadModel,
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
      await adoptDefinition(readModel, {
        topic,
        definition: projectionDefinition(aggregates),
        changesFrom: (stored) => changes(stored, projectionDefinition(aggregates)),
      });
    } catch (error) {
      if (!isEventQLError(error) || error.retriable) throw error;
      refused.push({ topic, error });
    }
  }
  return refused;
}

function changes(stored: string, next: ReturnType<typeof projectionDefinition>): readonly string[] {
  const verdict = isAdditive(JSON.parse(stored), next);
  return verdict === true ? [] : verdict;
}
