import { parsePayload } from "../../catalog/payload-json.ts";
import type { EventType } from "../../catalog/types.ts";
import { newKey } from "../../command/key.ts";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import { type TypedEvent, type Ways, appendEvent, appendTransaction } from "../../event-store/append-event.ts";
import type { AppendOutcome, TransactionOutcome } from "../../event-store/event-store.ts";
import { findEventType } from "../../event-store/find-event-type.ts";
import type { ExpectedVersion } from "../../model/command.ts";
import { checkedCommandId } from "../command-id.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { type Sent, mayBeTold, shownOutcome } from "../outcome/shown-outcome.ts";
import { permitEvent, permitTombstone, scopeOf } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";
import { keyedPayload } from "./keyed-payload.ts";
import { planOfTopic } from "./topic-plan.ts";

/** An event that a caller wants appended. */
export interface EventAsked {
  /** Absent: it gets a new one. */
  readonly id?: string | undefined;
  /** Absent: the topic's only one; null: a tombstone. */
  readonly type?: string | null | undefined;
  readonly payload?: unknown;
  readonly commandId?: string | undefined;
  readonly ifVersion?: ExpectedVersion | undefined;
  /** What tells it from every other event, where it has that: on an owned topic the `commandId`; on an open one nothing. */
  readonly eventId?: string | undefined;
}

/** Where to append, and how. */
export interface AppendAsked {
  readonly topic: string;
  readonly aggregate: string | undefined;
  /** Until when to wait for the decision of an owned topic, in ms. */
  readonly timeoutMs: number;
}

/** An event that failed; whether it is stored, the error says. */
export interface FailedEvent {
  readonly id: string;
  readonly status: "FAILED";
  readonly error: EventQLError;
}

/** An event that was checked: it may be appended, and fits its schema. */
interface CheckedEvent {
  readonly id: string;
  readonly event: TypedEvent;
  readonly asked: EventAsked;
}

/**
 * Appends events, each by itself; those of a key in their order, of which none is sent after one that failed. Nothing is
 * appended where one of them may not be, or doesn't fit.
 * @throws EventQLError `FORBIDDEN`, `EVENT_INVALID`, `EVENT_TYPE_UNKNOWN`, `KEY_INVALID`, … with the `index` of the event
 *   in its `details`.
 */
export async function appendEvents(
  context: GraphQLContext,
  asked: AppendAsked,
  events: readonly EventAsked[],
): Promise<readonly (AppendOutcome | FailedEvent)[]> {
  const plan = planOfTopic(context, asked.topic, asked.aggregate);
  // Who may append nothing isn't told what there is to append.
  scopeOf(context, "append", plan.aggregate.name);
  const isOwned = plan.aggregate.owned !== undefined;
  const named = events.map((event) => (isOwned ? { ...event, commandId: event.commandId ?? event.eventId } : event));
  const checked = checkedEvents(context, plan, named);
  const outcomes = new Map<CheckedEvent, AppendOutcome | FailedEvent>();
  const byKey = Map.groupBy(checked, ({ id }) => id);
  await Promise.all(
    [...byKey.values()].map(async (ofKey) => {
      for (const each of ofKey) {
        const outcome = await appendOne(context, plan, each, asked.timeoutMs);
        outcomes.set(each, outcome);
        if (outcome.status === "FAILED") break;
      }
    }),
  );
  return checked.map((each) => outcomes.get(each) ?? failed(each.id, notSent()));
}

/**
 * Appends events as one transaction. @throws EventQLError as {@link appendEvents}; `NOT_OWNED` where the topic has none,
 * and what `EventLog.append` throws.
 */
export async function appendAsOne(
  context: GraphQLContext,
  asked: AppendAsked & { readonly commandId: string | undefined },
  events: readonly EventAsked[],
): Promise<TransactionOutcome> {
  const plan = planOfTopic(context, asked.topic, asked.aggregate);
  // Who may append nothing isn't told what there is to append.
  scopeOf(context, "append", plan.aggregate.name);
  const typed = checkedEvents(context, plan, events).map(({ event, asked: { ifVersion, commandId } }, index) => {
    if (event.eventType === undefined) throw at(index, events, bad("a transaction has no tombstones"));
    if (commandId !== undefined) throw at(index, events, bad("commandId is that of the transaction: ?commandId="));
    return { ...event, ifVersion };
  });
  const { timeoutMs, commandId } = asked;
  if (commandId !== undefined) checkedCommandId(commandId);
  const options = { timeoutMs, ...traceOf(context), ...(commandId !== undefined && { commandId }) };
  const ways = waysOf(context, plan, { kind: "transaction", type: "" });
  return await appendTransaction(ways, plan.aggregate, typed, options);
}

function checkedEvents(
  context: GraphQLContext,
  plan: AggregatePlan,
  events: readonly EventAsked[],
): readonly CheckedEvent[] {
  return events.map((asked, index) => {
    try {
      return checkedEvent(context, plan, asked);
    } catch (error) {
      throw at(index, events, error);
    }
  });
}

function checkedEvent(context: GraphQLContext, plan: AggregatePlan, asked: EventAsked): CheckedEvent {
  const { aggregate } = plan;
  const given = asked.id === undefined ? undefined : checkedKey(asked.id);
  if (asked.commandId !== undefined) checkedCommandId(asked.commandId);
  if (asked.type === null) {
    permitTombstone(context, aggregate.name);
    if (given === undefined) throw bad("a tombstone (type null) needs an id");
    return { id: given, event: { eventType: undefined, id: given }, asked };
  }
  const eventType = typeOf(plan, asked.type);
  permitEvent(context, aggregate.name, eventType.name);
  const { id = newKey(asked.commandId), json } = keyedPayload(eventType, given, asked.payload ?? {});
  const payload = parsePayload(eventType, json(id));
  return { id: checkedKey(id), event: { eventType, id, payload }, asked };
}

function typeOf({ aggregate }: AggregatePlan, name: string | undefined): EventType {
  const [only, ...more] = aggregate.eventTypes;
  if (name === undefined && only !== undefined && more.length === 0) return only;
  if (name !== undefined) return findEventType([aggregate], aggregate.topic, name).eventType;
  throw bad(`type is missing: it is one of ${aggregate.eventTypes.map((each) => each.name).join(", ")}`);
}

/** Never rejects. */
async function appendOne(
  context: GraphQLContext,
  { aggregate }: AggregatePlan,
  { id, event, asked: { commandId, ifVersion } }: CheckedEvent,
  timeoutMs: number,
): Promise<AppendOutcome | FailedEvent> {
  const given = { ...(commandId !== undefined && { commandId }), ...(ifVersion !== undefined && { ifVersion }) };
  const kind = event.eventType === undefined ? "tombstone" : "event";
  const ways = waysOf(context, { aggregate }, { kind, type: event.eventType?.fullName ?? "" });
  try {
    return await appendEvent(ways, aggregate, event, { timeoutMs, ...traceOf(context), ...given });
  } catch (error) {
    if (isEventQLError(error)) return failed(id, error);
    context.services.logger.error({ topic: aggregate.topic, error: messageOf(error) }, "an append failed unexpectedly");
    return failed(id, new EventQLError("INTERNAL", "Something unexpected went wrong: the server's log has it."));
  }
}

/** The ways to append, which tell of a command that had the id before no more than the caller may know. */
function waysOf(
  context: GraphQLContext,
  { aggregate }: Pick<AggregatePlan, "aggregate">,
  what: Pick<Sent, "kind" | "type">,
): Ways {
  const { appender, commands } = context.services;
  return {
    appender,
    commands,
    shown: async (accepted, outcome) => {
      const sent = { aggregate, ...what, accepted };
      if (!mayBeTold(context, sent, outcome)) return undefined;
      const shown = await shownOutcome(context, sent, outcome);
      const isWhole = shown.events.length === outcome.events.length;
      // Some of its positions would make a receipt of some of it.
      if (what.kind === "transaction") return isWhole ? shown : { ...shown, events: [] };
      // Without an event there is no place to tell of: it was another command.
      return shown.status === "REJECTED" || (isWhole && shown.events.length > 0) ? shown : undefined;
    },
  };
}

function traceOf({ caller: { headers } }: GraphQLContext): { readonly traceparent?: string } {
  const { traceparent } = headers;
  return traceparent === undefined ? {} : { traceparent };
}

/** The error of one of several events names it. */
function at(index: number, events: readonly unknown[], error: unknown): unknown {
  if (!isEventQLError(error)) return error;
  const message = events.length === 1 ? error.message : `Event ${index}: ${error.message}`;
  return new EventQLError(error.code, message, { cause: error, details: { ...error.details, index } });
}

function failed(id: string, error: EventQLError): FailedEvent {
  return { id, status: "FAILED", error };
}

function notSent(): EventQLError {
  return new EventQLError("APPEND_FAILED", "An earlier event of the same key failed; this one was not sent.");
}

function bad(problem: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", `The event is not as it should be: ${problem}.`);
}
