import type { Aggregate } from "../../catalog/types.ts";
import type { EventLog, TopicDescription, TopicSpec } from "../../event-log/event-log.ts";

/**
 * Makes the intermediate topics of projections in code that don't exist yet, whoever makes topics otherwise: they are
 * EventQL's own. Those stay out whose sources don't all exist: nobody knows how many partitions they should have.
 */
export async function createIntermediateTopics(
  log: Pick<EventLog, "describeTopics" | "createTopics">,
  aggregates: readonly Aggregate[],
): Promise<void> {
  const rekeyed = aggregates.filter(({ projected }) => projected?.isRekeyed === true);
  if (rekeyed.length === 0) return;
  const names = rekeyed.flatMap(({ topic, projected }) => [topic, ...(projected?.projection.from ?? [])]);
  const found = new Map((await log.describeTopics([...new Set(names)])).map((topic) => [topic.name, topic]));
  const missing = rekeyed.filter(({ topic }) => !found.has(topic));
  const specs = missing.flatMap((aggregate) => intermediateSpec(aggregate, found) ?? []);
  if (specs.length > 0) await log.createTopics(specs);
}

/** As many partitions as the source with the most has, and records that stay as long as in the one that keeps them longest. */
function intermediateSpec(
  { topic, projected }: Pick<Aggregate, "topic" | "projected">,
  found: ReadonlyMap<string, TopicDescription>,
): TopicSpec | undefined {
  const from = projected?.projection.from ?? [];
  const sources = from.flatMap((name) => found.get(name) ?? []);
  if (sources.length < from.length || sources.length === 0) return undefined;
  const partitions = projected?.projection.partitions ?? Math.max(...sources.map((source) => source.partitions));
  const isKept = sources.some(({ retentionMs, compacted }) => retentionMs === undefined || compacted);
  const retentionMs = Math.max(...sources.map((source) => source.retentionMs ?? 0));
  return { name: topic, partitions, ...(isKept ? {} : { retentionMs }) };
}
