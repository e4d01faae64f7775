import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { EventQLError } from "../../../errors.ts";
import { type FailedEvent, appendAsOne, appendEvents } from "../../../graphql/topic-events/append-events.ts";
import { describeTopics } from "../../../graphql/topic-events/describe-topics.ts";
import { followEvents } from "../../../graphql/topic-events/follow-events.ts";
import { readEvents } from "../../../graphql/topic-events/read-events.ts";
import type { GraphQLContext } from "../../../graphql/context.ts";
import { sendJson } from "../../responses.ts";
import { flag, queryOf, whole } from "../query-values.ts";
import { statusOf } from "../statuses.ts";
import { readEventBody } from "./event-body.ts";
import { sendStream } from "./event-stream.ts";

type EventOutcome = Awaited<ReturnType<typeof appendEvents>>[number];
type AppendOutcome = Exclude<EventOutcome, FailedEvent>;
type TransactionOutcome = Awaited<ReturnType<typeof appendAsOne>>;

/** How long an append waits for a decision at most, in ms, and where nothing is said. */
const MAX_WAIT_MS = 30_000;
const WAIT_MS = 10_000;

const text = z.string().min(1).exactOptional();

const AppendQuery = z.strictObject({
  aggregate: text,
  transaction: flag.default(false),
  commandId: text,
  timeoutMs: whole()
    .transform((ms) => Math.min(ms, MAX_WAIT_MS))
    .default(WAIT_MS),
});

const ReadQuery = z.strictObject({
  aggregate: text,
  key: z.string().exactOptional(),
  after: text,
  limit: whole().exactOptional(),
});

/** Keys are separated by commas, which are escaped within a key: `a,b%252Cc`. */
const StreamQuery = z.strictObject({
  aggregate: text,
  key: z
    .string()
    .transform((keys) => keys.split(",").map((key) => decoded(key)))
    .exactOptional(),
  after: text,
});

/** What events are told with. */
export interface Telling {
  readonly response: ServerResponse;
  readonly context: GraphQLContext;
  /** Errors as clients may see them. */
  readonly shown: (error: unknown) => { readonly errors: readonly { readonly extensions?: unknown }[] };
}

/** The topics that a caller may use. */
export function answerTopics({ response, context }: Telling): void {
  sendJson(response, 200, { topics: describeTopics(context) });
}

/** Appends the events of a request's body. @throws EventQLError where nothing was appended. */
export async function answerAppend(
  topic: string,
  request: IncomingMessage,
  { response, context, shown }: Telling,
  maxBytes: number,
): Promise<void> {
  const { transaction, aggregate, timeoutMs, commandId } = queryOf(request, AppendQuery);
  const { events, isOne } = await readEventBody(request, maxBytes);
  const asked = { topic, aggregate, timeoutMs };
  if (transaction) {
    const outcome = await appendAsOne(context, { ...asked, commandId }, events);
    return sendJson(response, statusOfOutcome(outcome), outcome);
  }
  const outcomes = await appendEvents(
    context,
    asked,
    isOne ? events.map((event) => ({ ...event, commandId: event.commandId ?? commandId })) : events,
  );
  const [first] = outcomes;
  if (!isOne || first === undefined) {
    return sendJson(response, commonStatus(outcomes), { events: outcomes.map((each) => toldOf(each, shown)) });
  }
  if (first.status === "FAILED") throw withId(first);
  sendJson(response, statusOfOutcome(first), toldOf(first, shown));
}

/** A page of events. */
export async function answerEvents(topic: string, request: IncomingMessage, told: Telling): Promise<void> {
  const { aggregate, key, after, limit } = queryOf(request, ReadQuery);
  sendJson(told.response, 200, await readEvents(told.context, { topic, aggregate, key, after, limit }));
}

/** A stream of events. Resolves when it is over. */
export async function answerStream(topic: string, request: IncomingMessage, told: Telling): Promise<void> {
  const { aggregate, key: keys, after } = queryOf(request, StreamQuery);
  const last = request.headers["last-event-id"];
  const resumed = typeof last === "string" && last !== "" ? last : after;
  const events = await followEvents(told.context, { topic, aggregate, keys, after: resumed });
  await sendStream(told.response, events, told.shown);
}

function statusOfOutcome(outcome: AppendOutcome | TransactionOutcome): number {
  if (outcome.status === "APPENDED") return 201;
  if (outcome.status === "PENDING") return 202;
  return outcome.rejection.code === "VERSION_CONFLICT" || outcome.rejection.code === "KEY_PARKED" ? 409 : 422;
}

/** The id may have been made here: who looks for the event needs it. */
function withId({ id, error }: FailedEvent): EventQLError {
  return new EventQLError(error.code, error.message, { cause: error, details: { ...error.details, id } });
}

/** 207 (RFC 4918): each tells its own. */
function commonStatus(outcomes: readonly EventOutcome[]): number {
  const statuses = new Set(outcomes.map(({ status }) => status));
  if (statuses.has("FAILED") || statuses.has("REJECTED")) return 207;
  return statuses.has("PENDING") ? 202 : 201;
}

function toldOf(outcome: EventOutcome, shown: Telling["shown"]): unknown {
  if (outcome.status === "FAILED") {
    const [error] = shown(outcome.error).errors;
    return { id: outcome.id, status: outcome.status, httpStatus: statusOf(outcome.error.code), error };
  }
  if (outcome.status !== "APPENDED") return outcome;
  const { position, ...rest } = outcome;
  return { ...rest, ...position };
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
