import { EventQLError } from "../../errors.ts";
import { toEventItem } from "../../feed/events/event-item.ts";
import type { EventItem } from "../../feed/event-feed.ts";
import type { Outcome } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import { mayReadEvents } from "../query/history/history-scope.ts";
import type { ImaginedEvent } from "../subscription/event-types.ts";
import type { OwnedResult } from "./owned-payload.ts";
import { type CommandTrial, triedEvents } from "./try-command.ts";

/**
 * The events that a command led to, or would; null where that isn't known, or they aren't the caller's to see.
 * @throws EventQLError `FORBIDDEN`, and as `DecidedEvents.read`.
 */
export async function commandEvents(
  context: GraphQLContext,
  plan: AggregatePlan,
  result: OwnedResult,
): Promise<readonly (EventItem | ImaginedEvent)[] | null> {
  if ("trial" in result) return mayReadEvents(context, plan, result.trial.id) ? imaginedEvents(plan, result) : null;
  const { outcome } = result;
  if (outcome === undefined) return null;
  const ids = new Set(outcome.events.map(({ id }) => id));
  if (![...ids].every((id) => mayReadEvents(context, plan, id))) return null;
  return await loggedEvents(context, outcome);
}

async function loggedEvents(
  { services }: GraphQLContext,
  { topic, events: at }: Outcome,
): Promise<readonly EventItem[]> {
  if (at.length === 0) return [];
  const { events, positions } = await services.decidedEvents.read(topic, at);
  return events.map((event) => toEventItem(event, positions));
}

function imaginedEvents({ aggregate }: AggregatePlan, { trial }: CommandTrial): readonly ImaginedEvent[] {
  return triedEvents(trial).map(({ type, payload }) => {
    const eventType = aggregate.eventTypes.find(({ name }) => name === type);
    if (eventType !== undefined) return { id: trial.id, event: { writer: { eventType }, payload } };
    throw new EventQLError(
      "INTERNAL",
      `A rule of ${aggregate.name} led to an event of the type ${type}, which it hasn't.`,
    );
  });
}
