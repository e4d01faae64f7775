import type { GraphQLFieldResolver } from "graphql";
import type { Feed, FeedSink } from "../../feed/feed.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import { CursorScalar } from "../types/scalars.ts";
import { openGate } from "./gate.ts";
import type { SeenScope } from "./scope.ts";
import { type Item, type StreamOptions, SubscriptionStream } from "./stream.ts";

/** What a subscription is opened with. */
export interface OpenOptions<T> {
  readonly context: GraphQLContext;
  readonly plan: AggregatePlan;
  /** The field of the subscription type. */
  readonly field: string;
  readonly scope: SeenScope;
  readonly after: string | undefined;
  readonly openFeed: (sink: FeedSink<T>) => Promise<Feed>;
}

/**
 * Opens a subscription.
 * @throws EventQLError `LIMIT_EXCEEDED`, `TOKEN_EXPIRED`, and as the feed does.
 */
export async function openStream<T extends Item>(options: OpenOptions<T>): Promise<SubscriptionStream<T>> {
  const { context, plan, field, scope, after, openFeed } = options;
  return await openCounted(context, field, {
    scope,
    after,
    openFeed,
    openGate: (onExpired) => openGate(context, plan.aggregate, scope, onExpired),
  });
}

/** Opens a subscription by a field, as one of those that may run at a time. @throws EventQLError as {@link openStream}. */
export async function openCounted<T extends Item>(
  { services, session }: GraphQLContext,
  field: string,
  options: Omit<StreamOptions<T>, "onDelivered" | "onOver">,
): Promise<SubscriptionStream<T>> {
  const { subscriptions, limits } = services;
  session.isLive = true;
  const onOver = subscriptions.begin(field, limits.maxSubscriptions);
  try {
    return await SubscriptionStream.open<T>({ ...options, onDelivered: () => subscriptions.delivered(field), onOver });
  } catch (error) {
    onOver();
    throw error;
  }
}

/** Shows an item of the stream as the field's value. */
export const showItem: GraphQLFieldResolver<unknown, GraphQLContext> = (item, _args, { session }) => {
  // A subscription outlives what it has read.
  session.loaders.clear();
  // What an item leads to is not to be older than the item.
  session.causal = true;
  return item;
};

/** The argument that every subscription has. */
export const afterArgument: { readonly type: typeof CursorScalar; readonly description: string } = {
  type: CursorScalar,
  description: "Goes on after this cursor: what was missed comes first. Default: from now on.",
};
