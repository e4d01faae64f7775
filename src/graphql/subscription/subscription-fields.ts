import type { GraphQLFieldConfigMap } from "graphql";
import type { GraphQLContext } from "../context.ts";
import { changesField } from "./changes-field.ts";
import { eventsField } from "./events-field.ts";
import type { AggregateParts } from "../parts.ts";

/** The subscriptions of an aggregate: to the changes of its documents, and to its events. */
export function subscriptionFields(parts: AggregateParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { changes, eventStream } = parts.plan.subscription;
  return { [changes]: changesField(parts), [eventStream]: eventsField(parts) };
}
