import type { GraphQLContext } from "../context.ts";
import { isVisible } from "../visible.ts";
import { plansOf } from "./topic-plan.ts";

/** A topic's events as a caller may use them. */
export interface ShownTopic {
  readonly topic: string;
  readonly aggregate: string;
  readonly eventTypes: readonly string[];
  /** Whether each partition has one writer: `ifVersion` and `commandId` can be given. */
  readonly owned: boolean;
  /** Whether several events can be appended as one. */
  readonly transactions: boolean;
}

/** The aggregates whose events a caller may read, follow or append, with their topics. */
export function describeTopics(context: GraphQLContext): readonly ShownTopic[] {
  return plansOf(context)
    .filter((plan) => isVisible(context, plan.aggregate))
    .map(({ aggregate: { topic, name, eventTypes, owned } }) => ({
      topic,
      aggregate: name,
      eventTypes: eventTypes.map((eventType) => eventType.name),
      owned: owned !== undefined,
      transactions: owned?.transactions ?? false,
    }));
}
