import { commandsTopicOf, outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { OwnedPartition } from "./session.ts";

/** The partitions of an owned topic's commands, or why nobody may decide on them. */
export interface OwnedTopic {
  readonly topic: string;
  readonly places: readonly OwnedPartition[];
  readonly halted: EventQLError | undefined;
}

/** The aggregates of a catalog whose topics are owned. */
export function ownedAggregates({ aggregates }: Pick<Catalog, "aggregates">): readonly Aggregate[] {
  return aggregates.filter(({ owned }) => owned !== undefined);
}

/** The topics that an owned topic needs: its own, and those of its commands and outcomes. */
export function topicsOf({ topic }: Pick<Aggregate, "topic">): readonly string[] {
  return [topic, commandsTopicOf(topic), outcomesTopicOf(topic)];
}

/** Where the commands of an owned topic are decided. `counts`: how many partitions topics have. Undefined: one is missing. */
export function ownedTopic(
  { topic, owned, projection }: Pick<Aggregate, "topic" | "owned" | "projection">,
  counts: ReadonlyMap<string, number>,
): OwnedTopic | undefined {
  const [events, commands, outcomes] = topicsOf({ topic }).map((name) => counts.get(name));
  if (events === undefined || commands === undefined || outcomes === undefined) return undefined;
  const isOneWriter = owned?.transactions === true;
  const all = Array.from({ length: events }, (_, partition) => partition);
  const places = Array.from({ length: commands }, (_, partition) => ({
    of: { topic: commandsTopicOf(topic), partition },
    topic,
    projection,
    partitions: events,
    writes: isOneWriter ? all : [partition],
  }));
  const expected = isOneWriter ? 1 : events;
  const isRight = commands === expected && outcomes === expected;
  return { topic, places, halted: isRight ? undefined : mismatch(topic, expected) };
}

function mismatch(topic: string, expected: number): EventQLError {
  return new EventQLError(
    "PARTITION_MISMATCH",
    `Topics ${commandsTopicOf(topic)} and ${outcomesTopicOf(topic)} need ${expected} partitions each, as ${topic} and its ` +
      "hints have it: make them anew, or undo the change.",
  );
}
