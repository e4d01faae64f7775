import { commandsTopicOf, outcomesTopicOf } from "../catalog/topic-kinds.ts";
import type { Migration } from "./migration.ts";
import type { MigrationPlan } from "./plan.ts";
import { type OwnersPlan, missingOutputs, planCommands, planInput } from "./plan-owners.ts";
import { planOutputs } from "./plan-outputs.ts";
import { type TopicPlan, planTopic } from "./plan-topic.ts";

/**
 * Finds where everything goes on in the new log; changes nothing.
 * @throws what the logs and the read model do, and when it is aborted.
 */
export async function planMigration(migration: Migration): Promise<MigrationPlan> {
  const { log, inventory, dropsHistory } = migration;
  const byTopic = Map.groupBy(inventory.projected, ({ topic }) => topic);
  const beside = inventory.owned.flatMap(({ topic }) => [commandsTopicOf(topic), outcomesTopicOf(topic)]);
  const inputs = inventory.inputs.map(({ topic }) => topic);
  const described = await log.describeTopics([...byTopic.keys(), ...beside, ...inputs, ...inventory.targets]);
  const descriptions = new Map(described.map((topic) => [topic.name, topic]));
  const topics: TopicPlan[] = [];
  for (const [topic, projected] of byTopic)
    topics.push(await planTopic(migration, topic, projected, descriptions.get(topic)));
  const movements = topics.flatMap((plan) => plan.movements);
  const owners: OwnersPlan[] = [];
  for (const owned of inventory.owned) {
    // Of what was never projected nothing was decided either.
    const own = topics.some((plan) => plan.topic === owned.topic && plan.count > 0);
    if (own) owners.push(await planCommands(migration, owned, descriptions));
  }
  for (const input of inventory.inputs) owners.push(await planInput(migration, input, descriptions));
  for (const emitting of inventory.emitting) owners.push(await planOutputs(migration, emitting, movements));
  const problems = [...topics, ...owners].flatMap((plan) => plan.problems);
  for (const topic of inventory.targets) problems.push(...(await missingOutputs(migration, topic, descriptions)));
  return {
    checkpoints: [...movements, ...owners.flatMap((plan) => plan.movements)],
    owners: owners.flatMap((plan) => plan.owners),
    settled: topics.reduce((sum, { settled }) => sum + settled, 0),
    dropsHistory,
    problems,
  };
}
