import type { Aggregate } from "./types.ts";

/** The aggregates that the events of topics make by themselves: not what projections in code make of them. */
export function topicAggregates(aggregates: readonly Aggregate[]): readonly Aggregate[] {
  return aggregates.filter(({ projected }) => projected === undefined);
}
