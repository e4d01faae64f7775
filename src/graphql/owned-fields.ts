import type { GraphQLFieldConfigMap } from "graphql";
import type { GraphQLContext } from "./context.ts";
import { invalidationField } from "./mutation/invalidation-field.ts";
import type { InputParts } from "./mutation/mutation-parts.ts";
import { transactionField } from "./mutation/transaction-field.ts";
import { outcomeQuery } from "./outcome/outcome-query.ts";
import { outcomeSubscription } from "./outcome/outcome-subscription.ts";
import type { SchemaPlan } from "./plan.ts";
import { surfaceField } from "./query/surface/surface-field.ts";

type Fields = GraphQLFieldConfigMap<unknown, GraphQLContext>;

/** What an API has where topics are owned, whatever their aggregates: nothing where none is. */
export function ownedFields(
  { aggregates }: SchemaPlan,
  parts: InputParts,
): Readonly<Record<"queries" | "mutations" | "subscriptions", Fields>> {
  const plans = aggregates.filter(({ aggregate }) => aggregate.owned !== undefined);
  if (plans.length === 0) return { queries: {}, mutations: {}, subscriptions: {} };
  const ofTopics = aggregates.filter(({ aggregate }) => aggregate.projected === undefined);
  const field = "commandOutcome";
  return {
    queries: { command: outcomeQuery(plans), surface: surfaceField(ofTopics, parts.limits) },
    mutations: transactionFields(
      plans.filter(({ aggregate }) => aggregate.owned?.transactions === true),
      parts,
    ),
    subscriptions: { [field]: outcomeSubscription(field, plans) },
  };
}

/** An aggregate that its rules alone change makes no transactions, but may have some of before. */
function transactionFields(plans: SchemaPlan["aggregates"], parts: InputParts): Fields {
  const offered = plans.filter(({ events }) => events.length > 0);
  return {
    ...(offered.length > 0 && { transaction: transactionField(offered, parts) }),
    ...(plans.length > 0 && { invalidateTransaction: invalidationField(plans, parts) }),
  };
}
