import { type CatalogProblem, describeProblem } from "../catalog/problems.ts";
import { commandsTopicOf, outcomesTopicOf } from "../catalog/topic-kinds.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { EventLog, TopicDescription } from "../event-log/event-log.ts";
import { howTopicsAreMade } from "./missing-topics.ts";
import { configOf, withStack } from "./session.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A topic that has event types. */
interface TopicSummary {
  readonly topic: string;
  readonly exists: boolean;
  readonly partitions: number;
  /** Offsets between the log's start and end: markers and compacted records count too. */
  readonly events: number;
  readonly cleanup: string;
  readonly aggregates: readonly string[];
  /** Whether its events are decided by the owner of each partition. */
  readonly owned: boolean;
  /** Those of its topics that don't exist: of commands and outcomes too, where it is owned. */
  readonly missing: readonly string[];
  readonly eventTypes: readonly string[];
}

/** Lists the topics that have event types, and what becomes of them. */
export async function topics({ json, ...flags }: Flags, terminal: Terminal): Promise<void> {
  const config = await configOf(flags, terminal);
  const summaries = await withStack(config, terminal, async ({ log, registry }) => {
    const { gatherCatalog } = await import("./gather-catalog.ts");
    const { catalog, problems } = await gatherCatalog(registry, config);
    tellProblems(problems, terminal);
    return await summarise(log, catalog);
  });
  if (json === true) terminal.stdout.write(`${JSON.stringify(summaries, undefined, 2)}\n`);
  else print(summaries, config, terminal);
}

async function summarise(log: EventLog, { aggregates }: Catalog): Promise<readonly TopicSummary[]> {
  const byTopic = Map.groupBy(topicAggregates(aggregates), ({ topic }) => topic);
  const isOwned = (topic: string): boolean => byTopic.get(topic)?.some(({ owned }) => owned !== undefined) ?? false;
  const topicsOf = (topic: string): readonly string[] =>
    isOwned(topic) ? [topic, commandsTopicOf(topic), outcomesTopicOf(topic)] : [topic];
  const described = await log.describeTopics([...byTopic.keys()].flatMap(topicsOf));
  const descriptions = new Map(described.map((one) => [one.name, one]));
  const summaries = [...byTopic].map(async ([topic, own]) => {
    const description = descriptions.get(topic);
    const ranges = description === undefined ? [] : await log.offsets(topic);
    return {
      topic,
      exists: description !== undefined,
      partitions: ranges.length,
      events: ranges.reduce((sum, { low, high }) => sum + high - low, 0),
      cleanup: description === undefined ? "" : cleanupOf(description),
      aggregates: own.map(({ name }) => name),
      owned: isOwned(topic),
      missing: topicsOf(topic).filter((each) => !descriptions.has(each)),
      eventTypes: own.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name)),
    };
  });
  return (await Promise.all(summaries)).sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

function cleanupOf({ compacted, retentionMs }: TopicDescription): string {
  const expiry = retentionMs === undefined ? [] : [`expires after ${durationOf(retentionMs)}`];
  return [...(compacted ? ["compacted"] : []), ...expiry].join(", ") || "kept for ever";
}

function durationOf(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 1 ? `${Math.round(hours)} h` : `${Math.round(milliseconds / 1_000)} s`;
}

function tellProblems(problems: readonly CatalogProblem[], { stderr }: Terminal): void {
  for (const problem of problems) stderr.write(`left out: ${describeProblem(problem)}\n`);
}

function print(summaries: readonly TopicSummary[], config: Config, { stdout, stderr }: Terminal): void {
  if (summaries.length === 0) {
    const where = config.topics === undefined ? "" : ` of topic ${config.topics.join(", ")}`;
    stderr.write(`There are no event types${where} yet: register some with eventql schema register.\n`);
    return;
  }
  const rows = summaries.map(({ topic, exists, partitions, events, cleanup, aggregates, owned, eventTypes }) => [
    topic,
    exists ? String(partitions) : "-",
    exists ? String(events) : "-",
    exists ? cleanup : "does not exist yet",
    `${aggregates.join(", ")}${owned ? " (owned)" : ""}`,
    eventTypes.join(", "),
  ]);
  stdout.write(formatTable(["TOPIC", "PARTITIONS", "EVENTS", "RECORDS ARE", "AGGREGATE", "EVENT TYPES"], rows));
  const missing = summaries.flatMap((summary) => summary.missing);
  if (missing.length === 0) return;
  stderr.write(`Some topics don't exist yet (${missing.join(", ")}): ${howTopicsAreMade(config)}.\n`);
}
