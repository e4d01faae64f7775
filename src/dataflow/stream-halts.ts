import { EventQLError } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import { type Outcome, isSetAside } from "./outcome.ts";

/** The first ones of the outcomes: all before the one that would park more keys than may be. `parked`: those that are. */
export function withinLimit(
  outcomes: readonly Outcome[],
  parked: ReadonlySet<string>,
  limit: number,
): readonly Outcome[] {
  const keys = new Set(parked);
  const end = outcomes.findIndex((outcome) => {
    const { key } = outcome.item;
    if (key !== null && isSetAside(outcome)) keys.add(key);
    return keys.size > limit;
  });
  return end < 0 ? outcomes : outcomes.slice(0, end);
}

/** More keys wait than the configured number. */
export function tooManyParked({ name }: Stream, { topic, partition }: TopicPartition, limit: number): EventQLError {
  return new EventQLError(
    "TOO_MANY_PARKED",
    `Partition ${topic}/${partition} would have more than ${limit} parked keys of stream ${name}: settle its dead ` +
      "letters before it goes on.",
  );
}
