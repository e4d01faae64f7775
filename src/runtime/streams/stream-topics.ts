import { ownOf } from "../../catalog/own-of.ts";
import type { Config } from "../../config.ts";
import { targetsOf } from "../../dataflow/streams.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Stream } from "../../model/stream.ts";
import { NEW_TOPIC_PARTITIONS } from "../prepare-topics.ts";
import { askedOf } from "../topic-differences.ts";

/**
 * Makes the topics of streams that don't exist: those that they read first, for one that they write has as many partitions
 * as the largest that it is made from, unless the settings say otherwise.
 */
export async function createStreamTopics(
  log: Pick<EventLog, "describeTopics" | "createTopics">,
  streams: readonly Stream[],
  settings: Config["topicSettings"] = {},
): Promise<void> {
  const targets = new Set(streams.flatMap(targetsOf));
  const sources = [...new Set(streams.flatMap(({ from }) => from))];
  const spec = (name: string, partitions: number): ReturnType<typeof askedOf> & { partitions: number } => ({
    partitions,
    ...askedOf(name, ownOf(settings, name)),
  });
  const first = sources.filter((name) => !targets.has(name)).map((name) => spec(name, NEW_TOPIC_PARTITIONS));
  if (first.length > 0) await log.createTopics(first);
  const found = await log.describeTopics([...sources, ...targets]);
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions]));
  const made = [...targets]
    .filter((name) => !counts.has(name))
    .map((name) => spec(name, mostOf(streams, name, counts)));
  if (made.length > 0) await log.createTopics(made);
}

function mostOf(streams: readonly Stream[], target: string, counts: ReadonlyMap<string, number>): number {
  const sources = streams.filter((stream) => targetsOf(stream).includes(target)).flatMap(({ from }) => from);
  return Math.max(1, ...sources.map((topic) => counts.get(topic) ?? NEW_TOPIC_PARTITIONS));
}
