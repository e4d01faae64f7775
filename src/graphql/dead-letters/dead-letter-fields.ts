import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import type { DeadLetterAdministration, DeadLetterFilter } from "../../model/dead-letter-administration.ts";
import type { SettleAction } from "../../model/settlement.ts";
import { permitAdministration } from "../administration.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedTimeout } from "../mutation/wait-until.ts";
import { sliceOf } from "../query/connection/slice.ts";
import type { GraphQLLimits } from "../services.ts";
import { JsonScalar } from "../types/json-scalar.ts";
import { Base64Scalar } from "../types/scalars.ts";
import { deadLetterPageType, shownPage } from "./dead-letter-type.ts";
import { retriedType, settledType } from "./settled-type.ts";

type Field<Args> = GraphQLFieldConfig<unknown, GraphQLContext, Args>;
type Fields = GraphQLFieldConfigMap<unknown, GraphQLContext>;

/** What isn't given may be null. */
type Given<T> = { readonly [name in keyof T]?: T[name] | null };

interface ListArguments extends Given<DeadLetterFilter> {
  readonly first?: number | null;
  readonly after?: string | null;
}

interface SettleArguments {
  readonly id: string;
  readonly requestId?: string | null;
  readonly timeoutMs?: number | null;
}

interface FixArguments extends SettleArguments {
  readonly payload?: unknown;
  readonly bytes?: Uint8Array | null;
  readonly type?: string | null;
}

interface RetryArguments extends Given<Pick<DeadLetterFilter, "topic" | "projection" | "code">> {
  readonly first?: number | null;
  readonly timeoutMs?: number | null;
}

/** What administrators do with dead letters. */
export function deadLetterFields(limits: GraphQLLimits): Readonly<Record<"queries" | "mutations", Fields>> {
  return {
    queries: { deadLetters: listField(limits) },
    mutations: {
      retryDeadLetter: settleField(
        "retry",
        "Applies an event again that could not be applied, and then those that wait behind it, in order. For administrators.",
        limits,
      ),
      skipDeadLetter: settleField(
        "skip",
        "Leaves an event out that can't be applied, for good, and applies those that wait behind it, in order. For administrators.",
        limits,
      ),
      fixDeadLetter: fixField(limits),
      retryDeadLetters: retryField(limits),
    },
  };
}

const topicArgument = { type: GraphQLString, description: "Only those of this topic." };
const projectionArgument = { type: GraphQLString, description: "Only those of this projection or stream." };
const codeArgument = { type: GraphQLString, description: "Only those that can't be applied for this reason." };

function listField(limits: GraphQLLimits): Field<ListArguments> {
  const { defaultPageSize, maxPageSize } = limits;
  return {
    type: new GraphQLNonNull(deadLetterPageType),
    description: "Events that could not be applied. For administrators.",
    args: {
      topic: topicArgument,
      projection: projectionArgument,
      key: { type: GraphQLString, description: "Only those of this key." },
      code: codeArgument,
      waiting: {
        type: GraphQLBoolean,
        defaultValue: false,
        description: "false: those that something is wrong with; true: those that wait behind one; null: both.",
      },
      first: { type: GraphQLInt, description: `How many, at most ${maxPageSize}; default: ${defaultPageSize}.` },
      after: { type: GraphQLString, description: "A cursor of this list: what follows it." },
    },
    resolve: async (_root, { first = null, after, ...filter }, context) => {
      const letters = administration(context, "see dead letters");
      const { size } = sliceOf({ first }, limits);
      const page = await letters.list(givenOf(filter), { first: size, after: after ?? undefined });
      return shownPage(page, after === null || after === undefined);
    },
  };
}

function settleField(action: SettleAction, description: string, limits: GraphQLLimits): Field<SettleArguments> {
  return {
    type: new GraphQLNonNull(settledType),
    description,
    args: settleArguments(limits),
    resolve: async (_root, { id, requestId, timeoutMs }, context) => {
      const letters = administration(context, "settle dead letters");
      const asked = { id, action, requestId: requestId ?? undefined };
      return await letters.settle(asked, { timeoutMs: checkedTimeout(timeoutMs, limits) });
    },
  };
}

function fixField(limits: GraphQLLimits): Field<FixArguments> {
  return {
    type: new GraphQLNonNull(settledType),
    description:
      "Applies another payload in place of an event that can't be applied, and then those that wait behind it, in order. Histories and rebuilds have it in the event's place; the log keeps what it has. For administrators.",
    args: {
      ...settleArguments(limits),
      payload: {
        type: JsonScalar,
        description:
          "The event's fields by their Avro names, written with the newest schema. Hidden fields that are left out stay as they were, where the event can be decoded.",
      },
      bytes: { type: Base64Scalar, description: "In place of `payload`: the record's value as it is to be." },
      type: {
        type: GraphQLString,
        description: "The event type of `payload`. Default: the event's own, or the topic's only one.",
      },
    },
    resolve: async (_root, { id, requestId, timeoutMs, payload, bytes, type }, context) => {
      const letters = administration(context, "settle dead letters");
      const asked = { id, action: "fix" as const, requestId: requestId ?? undefined };
      const given = { payload: payload ?? undefined, bytes: bytes ?? undefined, type: type ?? undefined };
      return await letters.settle({ ...asked, ...given }, { timeoutMs: checkedTimeout(timeoutMs, limits) });
    },
  };
}

function retryField(limits: GraphQLLimits): Field<RetryArguments> {
  const { maxPageSize } = limits;
  return {
    type: new GraphQLNonNull(retriedType),
    description: "Retries dead letters, as `retryDeadLetter` does each. For administrators.",
    args: {
      topic: topicArgument,
      projection: projectionArgument,
      code: codeArgument,
      first: { type: GraphQLInt, description: `How many, at most; default, and the most: ${maxPageSize}.` },
      timeoutMs: timeoutArgument(limits),
    },
    resolve: async (_root, { first, timeoutMs, ...filter }, context) => {
      const letters = administration(context, "settle dead letters");
      const { size } = sliceOf({ first: first ?? maxPageSize }, limits);
      return await letters.retryAll(givenOf(filter), { first: size, timeoutMs: checkedTimeout(timeoutMs, limits) });
    },
  };
}

function settleArguments(limits: GraphQLLimits): GraphQLFieldConfigArgumentMap {
  return {
    id: { type: new GraphQLNonNull(GraphQLID), description: "The dead letter's id." },
    requestId: { type: GraphQLID, description: "Asked twice by one id, it is done once. Default: a new one." },
    timeoutMs: timeoutArgument(limits),
  };
}

function timeoutArgument({ defaultWaitMs, maxWaitMs }: GraphQLLimits): GraphQLFieldConfigArgumentMap[string] {
  return {
    type: GraphQLInt,
    defaultValue: defaultWaitMs,
    description: `How long to wait for it, in ms, at most ${maxWaitMs}; then what is left is PENDING.`,
  };
}

function givenOf({ topic, projection, key, code, waiting }: Given<DeadLetterFilter>): DeadLetterFilter {
  return {
    ...(isGiven(topic) && { topic }),
    ...(isGiven(projection) && { projection }),
    ...(isGiven(key) && { key }),
    ...(isGiven(code) && { code }),
    ...(isGiven(waiting) && { waiting }),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** @throws EventQLError `FORBIDDEN`. */
function administration(context: GraphQLContext, what: string): DeadLetterAdministration {
  permitAdministration(context, what);
  return context.services.deadLetters;
}
