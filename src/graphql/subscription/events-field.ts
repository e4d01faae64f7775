import { type GraphQLFieldConfig, GraphQLID, GraphQLList, GraphQLNonNull } from "graphql";
import { EventQLError } from "../../errors.ts";
import type { EventRequest } from "../../feed/event-feed.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import type { GraphQLLimits } from "../services.ts";
import { afterArgument, openStream, showItem } from "./open-stream.ts";
import type { AggregateParts } from "../parts.ts";
import { subscriptionScope, visibleKeys } from "./scope.ts";

interface EventsArguments {
  readonly ids?: readonly string[] | null;
  readonly after?: string | null;
}

/** The subscription to the events of an aggregate. */
export function eventsField({
  plan,
  events,
  limits,
}: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, EventsArguments> {
  const { aggregate, subscription, typeName } = plan;
  const eventTypes = new Set(aggregate.eventTypes.map(({ fullName }) => fullName));
  return {
    type: new GraphQLNonNull(events),
    description: `Each event of any ${typeName} as it is appended, those of a key in their order.`,
    args: {
      ids: {
        type: new GraphQLList(new GraphQLNonNull(GraphQLID)),
        description: `Of these keys only, at most ${limits.maxInLength}; an empty list: of none. Default: of all.`,
      },
      after: afterArgument,
    },
    subscribe: async (_root, { ids, after }, context) => {
      const scope = subscriptionScope(context, aggregate);
      const visible = visibleKeys(scope, typeName, subscription);
      const request: EventRequest = {
        topic: aggregate.topic,
        eventTypes,
        tombstones: true,
        ids: commonKeys(askedKeys(ids ?? undefined, limits), visible),
        after: after ?? undefined,
      };
      return openStream({
        context,
        plan,
        field: subscription.eventStream,
        scope,
        after: request.after,
        openFeed: (sink) => context.services.events.subscribe(request, sink),
      });
    },
    resolve: showItem,
  };
}

/** The keys that are asked for; undefined: all. @throws EventQLError `LIMIT_EXCEEDED`, `KEY_INVALID`. */
export function askedKeys(
  ids: readonly string[] | undefined,
  { maxInLength }: GraphQLLimits,
): ReadonlySet<string> | undefined {
  if (ids === undefined || ids.length <= maxInLength) return ids && new Set(ids.map(checkedKey));
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `ids has ${ids.length} elements, at most ${maxInLength} are allowed: subscribe several times.`,
  );
}

/** The keys that are asked for and may be seen; undefined: all. */
export function commonKeys(
  asked: ReadonlySet<string> | undefined,
  visible: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return asked === undefined || visible === undefined
    ? (asked ?? visible)
    : new Set([...asked].filter((id) => visible.has(id)));
}
