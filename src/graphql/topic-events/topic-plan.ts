import type { Catalog } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import { aggregatesOf } from "../../event-store/find-event-type.ts";
import type { GraphQLContext } from "../context.ts";
import { type AggregatePlan, planSchema } from "../plan.ts";
import { isVisible } from "../visible.ts";

const plans = new WeakMap<Catalog["aggregates"], readonly AggregatePlan[]>();

/** The plans of the API's aggregates that topics' own events make, made once a catalog. */
export function plansOf({ services: { catalog } }: Pick<GraphQLContext, "services">): readonly AggregatePlan[] {
  const known =
    plans.get(catalog.aggregates) ??
    planSchema(catalog).aggregates.filter(({ aggregate }) => aggregate.projected === undefined);
  plans.set(catalog.aggregates, known);
  return known;
}

/**
 * The aggregate of a topic that a request is about: the one that it names, or else the topic's only one.
 * @throws EventQLError `TOPIC_NOT_FOUND`, `BAD_USER_INPUT` where there are several.
 */
export function planOfTopic(context: GraphQLContext, topic: string, name: string | undefined): AggregatePlan {
  const all = context.services.catalog.aggregates;
  // What there is besides is told to those alone who may do something with it.
  const aggregates = aggregatesOf(
    { aggregates: all.filter((each) => each.topic === topic || isVisible(context, each)) },
    topic,
  );
  const names = aggregates.map((aggregate) => aggregate.name);
  const wanted = name ?? names[0];
  const plan = plansOf(context).find(({ aggregate }) => aggregate.topic === topic && aggregate.name === wanted);
  if (plan !== undefined && (name !== undefined || names.length === 1)) return plan;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `Topic ${topic} has ${names.length === 1 ? "the aggregate" : "several aggregates"} ${names.join(", ")}: name one, as in ?aggregate=${names[0]}.`,
  );
}
