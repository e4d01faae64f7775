import type { Config } from "../config.ts";
import type { EventLog, TopicDescription, TopicSpec } from "../event-log/event-log.ts";
import { durationMs } from "../model/duration.ts";
import type { Logger } from "../telemetry/logger.ts";

type TopicSettings = NonNullable<Config["topicSettings"]>[string];

/** What a topic is to be like, as far as the configuration says it. */
export type AskedOf = Pick<TopicSpec, "name"> & Partial<TopicSpec>;

/** The settings of a topic as the event log takes them. */
export function askedOf(name: string, { partitions, compacted, retention }: TopicSettings = {}): AskedOf {
  const retentionMs = retention === undefined ? undefined : durationMs(retention);
  return {
    name,
    ...(partitions !== undefined && { partitions }),
    ...(compacted !== undefined && { compacted }),
    ...(retentionMs !== undefined && { retentionMs }),
  };
}

/** In what a topic that exists differs from what was asked for, in words. */
function differencesOf(asked: AskedOf, found: TopicDescription): readonly string[] {
  const differences: string[] = [];
  if (asked.partitions !== undefined && asked.partitions !== found.partitions)
    differences.push(`it has ${found.partitions} partitions, not ${asked.partitions}`);
  if (asked.compacted !== undefined && asked.compacted !== found.compacted)
    differences.push(found.compacted ? "it is compacted" : "it isn't compacted");
  if (asked.retentionMs !== undefined && asked.retentionMs !== found.retentionMs)
    differences.push(`its records expire ${ageOf(found.retentionMs)}, not ${ageOf(asked.retentionMs)}`);
  return differences;
}

/** Warns of topics that are not as the configuration says, and left as they are, and of those that aren't there. */
export async function warnOfTopics(
  log: Pick<EventLog, "describeTopics">,
  settings: Config["topicSettings"],
  logger: Pick<Logger, "warn">,
): Promise<void> {
  if (settings === undefined) return;
  const described = await log.describeTopics(Object.keys(settings));
  for (const topic of Object.keys(settings).filter((name) => !described.some((found) => found.name === name)))
    logger.warn({ topic }, `Topic ${topic}, which topicSettings name, doesn't exist: mend its name, or make it.`);
  for (const found of described) {
    const { name: topic } = found;
    const differences = differencesOf(askedOf(topic, settings[topic]), found);
    if (differences.length === 0) continue;
    const what = `Topic ${topic} exists and is not as topicSettings say: ${differences.join("; ")}.`;
    logger.warn({ topic, differences }, `${what} It is left so: alter it, or the setting.`);
  }
}

const DAY_MS = 86_400_000;

function ageOf(ms: number | undefined): string {
  if (ms === undefined) return "never";
  return ms % DAY_MS === 0 ? `after ${ms / DAY_MS} days` : `after ${ms} ms`;
}
