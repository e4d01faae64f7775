import { z } from "zod";
import { commandsTopicOf, outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { topicAggregates } from "../../catalog/topic-aggregates.ts";
import type { Aggregate, Catalog } from "../../catalog/types.ts";
import type { Config } from "../../config.ts";
import type { Stack } from "../../compose.ts";
import type { EventLog, TopicDescription } from "../../event-log/event-log.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { DEAD_LETTERS, PARKED_KEYS } from "../../read-model/dead-letters.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";
import { checkTopicsBeside } from "../../runtime/owned-topics.ts";
import { readAllBuilds } from "../../projector/builds/stored-builds.ts";
import { checkTopicSuits } from "../../projector/topic-suitability.ts";
import { counted } from "../counted.ts";
import type { Check, Finding } from "./finding.ts";

/** Whether each topic exists, suits its aggregates, and is projected to its end. */
export async function topicChecks({ log, readModel }: Stack, catalog: Catalog, config: Config): Promise<Check[]> {
  const byTopic = Map.groupBy(topicAggregates(catalog.aggregates), ({ topic }) => topic);
  const companions = [...byTopic.keys()].flatMap((topic) => [commandsTopicOf(topic), outcomesTopicOf(topic)]);
  const described = await log.describeTopics([...byTopic.keys(), ...companions]);
  const descriptions = new Map(described.map((one) => [one.name, one]));
  const builds = await readAllBuilds(readModel);
  const liveOf = (topic: string): string =>
    builds.find(({ name, base }) => base === AGGREGATES && name === topic)?.live.projection ?? AGGREGATES;
  return [...byTopic].map(([topic, aggregates]) => ({
    subject: `topic ${topic}`,
    async run() {
      const description = descriptions.get(topic);
      if (description === undefined) return [missing(topic, config)];
      const own = await readModel.checkpoints(liveOf(topic), topic);
      const found = await projectionFindings(log, description, aggregates, own);
      return [...found, ...ownershipFindings(topic, aggregates, descriptions, config)];
    },
  }));
}

function missing(topic: string, { createTopics }: Config): Finding {
  const remedy = createTopics
    ? "eventql start makes it."
    : `Create it, or start with --create-topics. Nothing can be appended to ${topic} until then.`;
  return { level: "note", subject: `topic ${topic}`, message: "does not exist yet", remedy };
}

/** Whether an owned topic has what its events are decided by. @throws EventQLError `TOPIC_UNSUITABLE`. */
function ownershipFindings(
  topic: string,
  aggregates: readonly Aggregate[],
  descriptions: ReadonlyMap<string, TopicDescription>,
  config: Config,
): readonly Finding[] {
  const subject = `topic ${topic}`;
  return aggregates.flatMap((aggregate): readonly Finding[] => {
    const { owned } = aggregate;
    if (owned === undefined) return [];
    const beside = [commandsTopicOf(topic), outcomesTopicOf(topic)];
    const absent = beside.filter((name) => !descriptions.has(name));
    if (absent.length > 0) return absent.map((name) => missing(name, config));
    checkTopicsBeside(aggregate, descriptions);
    const commands = owned.commands.length === 0 ? "events" : owned.commands.map(({ name }) => name).join(", ");
    return [{ level: "ok", subject, message: `owned: each partition's owner decides on ${commands}` }];
  });
}

async function projectionFindings(
  log: EventLog,
  description: TopicDescription,
  aggregates: readonly Aggregate[],
  checkpoints: readonly Checkpoint[],
): Promise<readonly Finding[]> {
  const subject = `topic ${description.name}`;
  checkTopicSuits(description, aggregates);
  const ranges = await log.offsets(description.name);
  if (checkpoints.some(({ partitions }) => partitions !== description.partitions)) {
    const message = `has ${description.partitions} partitions, its documents were made from ${checkpoints[0]?.partitions ?? 0}`;
    const remedy = "Keys move when partitions are added: project it anew into another database.";
    return [{ level: "fault", subject, message, remedy }];
  }
  const next = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint.next]));
  const gone = ranges.findIndex(({ low }, partition) => (next.get(partition) ?? low) < low);
  if (gone !== -1) {
    const message = `partition ${gone} has lost events that were never projected`;
    return [{ level: "fault", subject, message, remedy: "Keep events longer (retention.ms), and project it anew." }];
  }
  const behind = ranges.reduce((sum, { low, high }, partition) => sum + high - (next.get(partition) ?? low), 0);
  const size = counted(description.partitions, "partition");
  if (behind === 0) return [{ level: "ok", subject, message: `${size}, all of it projected` }];
  const remedy = "A running server with the role projector applies them.";
  return [{ level: "note", subject, message: `${size}, about ${counted(behind, "event")} not projected yet`, remedy }];
}

const Groups = z.array(z.object({ _id: z.string(), count: z.number() }));

function countBy(key: string): object {
  return { _id: key, count: { $sum: 1 } };
}

/** Events that could not be applied, and the keys that wait for that. */
export function deadLetterCheck({ readModel }: Stack): Check {
  const subject = "dead letters";
  return {
    subject,
    async run() {
      // Builds beside those that are read have set the same events aside.
      const beside = (await readAllBuilds(readModel)).flatMap(({ next, previous }) =>
        [next, previous].flatMap((build) => build?.projection ?? []),
      );
      const read = { $match: { projection: { $nin: beside } } };
      const groups = Groups.parse(await readModel.aggregate(DEAD_LETTERS, [read, { $group: countBy("$code") }]));
      if (groups.length === 0) return [{ level: "ok", subject, message: "none" }];
      const [parked] = Groups.parse(await readModel.aggregate(PARKED_KEYS, [read, { $group: countBy("all") }]));
      const codes = groups.map(({ _id: code, count }) => `${count} × ${code}`).toSorted();
      const message = `${codes.join(", ")}; ${counted(parked?.count ?? 0, "key")} parked`;
      return [
        {
          level: "note",
          subject,
          message,
          remedy: "eventql dead-letters list shows them; docs/dead-letters.md says what to do.",
        },
      ];
    },
  };
}
