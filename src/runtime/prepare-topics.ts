import type { Catalog } from "../catalog/types.ts";
import { isAdditive, projectionDefinition } from "../catalog/projection-definition.ts";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { adoptDefinition } from "../projector/definitions.ts";
import { topicProjections } from "../projector/projection.ts";
import { checkTopicSuits } from "../projector/topic-suitability.ts";
import type { ReadModel } from "../read-model/read-model.ts";

/** How many partitions a topic that EventQL makes has. */
const NEW_TOPIC_PARTITIONS = 4;

/** Makes the topics of a catalog that don't exist. */
export async function createMissingTopics(log: EventLog, catalog: Catalog): Promise<void> {
  const names = [...topicProjections(catalog).keys()];
  await log.createTopics(names.map((name) => ({ name, partitions: NEW_TOPIC_PARTITIONS })));
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
  const descriptions = new Map((await log.describeTopics([...projections.keys()])).map((topic) => [topic.name, topic]));
  const refused: RefusedTopic[] = [];
  for (const [topic, { aggregates }] of projections) {
    try {
      const description = descriptions.get(topic);
      if (description !== undefined) checkTopicSuits(description, aggregates);
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
