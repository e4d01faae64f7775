import type { EventItem } from "../../feed/event-feed.ts";
import type { GraphQLContext } from "../context.ts";
import { askedKeys, commonKeys } from "../subscription/events-field.ts";
import { openStream } from "../subscription/open-stream.ts";
import { subscriptionScope, visibleKeys } from "../subscription/scope.ts";
import { type ShownEvent, eventShower } from "./shown-event.ts";
import { planOfTopic } from "./topic-plan.ts";

/** What to follow. */
export interface StreamAsked {
  readonly topic: string;
  readonly aggregate: string | undefined;
  /** Only these keys; undefined: all. */
  readonly keys: readonly string[] | undefined;
  /** A cursor to go on after; undefined: from now on. */
  readonly after: string | undefined;
}

/**
 * Follows the events of a topic as a caller may see them, as a subscription does: what ends that ends this.
 * @throws EventQLError `FORBIDDEN`, `TOPIC_NOT_FOUND`, `BAD_USER_INPUT`, and as `EventFeed.subscribe`.
 */
export async function followEvents(context: GraphQLContext, asked: StreamAsked): Promise<AsyncIterable<ShownEvent>> {
  const { topic, after } = asked;
  const plan = planOfTopic(context, topic, asked.aggregate);
  const { aggregate, subscription, typeName } = plan;
  const scope = subscriptionScope(context, aggregate);
  const eventTypes = new Set(aggregate.eventTypes.map(({ fullName }) => fullName));
  const ids = commonKeys(askedKeys(asked.keys, context.services.limits), visibleKeys(scope, typeName, subscription));
  const request = { topic, eventTypes, tombstones: true, ids, after };
  const stream = await openStream<EventItem>({
    context,
    plan,
    field: subscription.eventStream,
    scope,
    after,
    openFeed: async (sink) => await context.services.events.subscribe(request, sink),
  });
  return mapped(stream, eventShower(plan, scope));
}

/** No generator: `return` of one waits for what was asked for before. */
function mapped<T, U>(source: AsyncIterable<T>, map: (item: T) => U): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]();
      return {
        async next() {
          const step = await items.next();
          return step.done === true ? { done: true, value: undefined } : { done: false, value: map(step.value) };
        },
        async return() {
          await items.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
