import type { GraphQLFieldConfigMap } from "graphql";
import type { GraphQLContext } from "../context.ts";
import { changesField } from "./changes-field.ts";
import { eventsField } from "./events-field.ts";
import type { AggregateParts } from "../parts.ts";

/** The subscriptions of an aggregate: to the changes of its documents, and to its events. */
export function subscriptionFields(parts: AggregateParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { aggregate, subscription } = parts.plan;
  const { changes, eventStream } = subscription;
  const own = aggregate.projected === undefined && { [eventStream]: eventsField(parts) };
  return { [changes]: changesField(parts), ...own };
}
