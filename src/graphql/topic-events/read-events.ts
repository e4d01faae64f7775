import { EventQLError } from "../../errors.ts";
import { toEventItem } from "../../feed/events/event-item.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { scopeOf } from "../permit.ts";
import { historyCursor, readHistoryCursor } from "../query/history/cursor.ts";
import { historyOf } from "../query/history/history-request.ts";
import { mayReadEvents } from "../query/history/history-scope.ts";
import { visibleKeys } from "../subscription/scope.ts";
import { type ShownEvent, eventShower } from "./shown-event.ts";
import { planOfTopic } from "./topic-plan.ts";

/** Which events to read. */
export interface EventsAsked {
  readonly topic: string;
  readonly aggregate: string | undefined;
  /** Those of one key; undefined: of all. */
  readonly key: string | undefined;
  /** A cursor of a page of the same request. */
  readonly after: string | undefined;
  readonly limit: number | undefined;
}

/** A page of events. */
export interface ShownPage {
  readonly events: readonly ShownEvent[];
  /** Where to go on; null: there was nothing, and no cursor was given. */
  readonly cursor: string | null;
  readonly more: boolean;
}

/**
 * Reads events as a caller may see them: those of one key that were applied, or those of all keys as the log has them.
 * @throws EventQLError `FORBIDDEN`, `TOPIC_NOT_FOUND`, `BAD_USER_INPUT`, `LIMIT_EXCEEDED`, and as `History.events` and
 *   `EventFeed.page`.
 */
export async function readEvents(context: GraphQLContext, asked: EventsAsked): Promise<ShownPage> {
  const limit = checkedLimit(asked.limit, context);
  return await (asked.key === undefined ? readTopic(context, asked, limit) : readKey(context, asked, asked.key, limit));
}

async function readTopic(context: GraphQLContext, asked: EventsAsked, limit: number): Promise<ShownPage> {
  const { topic, after } = asked;
  const plan = planOfTopic(context, topic, asked.aggregate);
  const scope = scopeOf(context, "read", plan.aggregate.name);
  const ids = visibleKeys(scope, plan.typeName, plan.subscription);
  const eventTypes = new Set(plan.aggregate.eventTypes.map(({ fullName }) => fullName));
  const page = await context.services.events.page({ topic, eventTypes, tombstones: true, ids, after, limit });
  return { events: page.items.map(eventShower(plan, scope)), cursor: page.cursor, more: page.more };
}

async function readKey(context: GraphQLContext, asked: EventsAsked, key: string, limit: number): Promise<ShownPage> {
  const id = checkedKey(key);
  const plan = planOfTopic(context, asked.topic, asked.aggregate);
  const { aggregate } = plan;
  const after = readHistoryCursor(asked.after, "after", aggregate.name, id);
  if (!mayReadEvents(context, plan, id)) return { events: [], cursor: asked.after ?? null, more: false };
  const request = { ...historyOf(context, aggregate, id), after, before: undefined, limit, newest: false };
  const { events, more, positions } = await context.services.history.events(request);
  const last = events.at(-1);
  const show = eventShower(plan, scopeOf(context, "read", aggregate.name));
  return {
    events: events.map((event) => show(toEventItem(event, positions))),
    cursor: last === undefined ? (asked.after ?? null) : historyCursor(aggregate.name, id, last.record.offset),
    more,
  };
}

function checkedLimit(limit: number | undefined, { services: { limits } }: GraphQLContext): number {
  const { defaultPageSize, maxPageSize } = limits;
  const size = limit ?? defaultPageSize;
  if (size < 1) throw new EventQLError("BAD_USER_INPUT", "limit is 0: give 1 or more.");
  if (size <= maxPageSize) return size;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `limit is ${size}, at most ${maxPageSize} events are returned at once: ask for fewer and go on with the cursor.`,
    { details: { maximum: maxPageSize } },
  );
}
