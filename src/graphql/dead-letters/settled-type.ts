import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from "graphql";
import type { RetriedLetters, SettledLetter } from "../../model/dead-letter-administration.ts";
import type { GraphQLContext } from "../context.ts";
import { deadLetterType } from "./dead-letter-type.ts";

const statusType = new GraphQLEnumType({
  name: "DeadLetterStatus",
  description: "What became of a dead letter.",
  values: {
    SETTLED: { description: "It is settled, and all that waited behind it is applied." },
    PARKED: { description: "It is settled, and an event that waited behind it is the key's dead letter now." },
    FAILED: { description: "It can't be applied: it is a dead letter still." },
    PENDING: { description: "Nobody has seen to it yet: the owner of its partition does as soon as there is one." },
  },
});

/** What became of a dead letter, and of what waited behind it. */
export const settledType: GraphQLObjectType<SettledLetter, GraphQLContext> = new GraphQLObjectType<
  SettledLetter,
  GraphQLContext
>({
  name: "SettleDeadLetterPayload",
  description: "What became of a dead letter, and of the events that waited behind it.",
  fields: {
    requestId: {
      type: new GraphQLNonNull(GraphQLID),
      description: "Given again with the same letter, it asks what became of this request, and nothing is done twice.",
    },
    status: { type: new GraphQLNonNull(statusType), description: "What became of it." },
    applied: count<SettledLetter>("Events that were applied: its own, and those that had waited."),
    waiting: count<SettledLetter>("Events of its key that wait on."),
    deadLetter: {
      type: deadLetterType,
      description: "The dead letter that the key waits for now; null: it doesn't.",
      resolve: async ({ letter }, _args, { services }) =>
        letter === undefined ? null : ((await services.deadLetters.find([letter]))[0] ?? null),
    },
    code: {
      type: GraphQLString,
      description: "Why that one, or what was given in its place, can't be applied.",
      resolve: ({ code }) => code ?? null,
    },
    reason: { type: GraphQLString, description: "Why, for people.", resolve: ({ reason }) => reason ?? null },
  },
});

/** What became of dead letters that were retried together. */
export const retriedType: GraphQLObjectType<RetriedLetters, GraphQLContext> = new GraphQLObjectType<
  RetriedLetters,
  GraphQLContext
>({
  name: "RetryDeadLettersPayload",
  description: "What became of dead letters that were retried together, counted.",
  fields: {
    asked: count("Dead letters that were retried."),
    settled: count("Of those: settled, and all that waited behind them is applied."),
    parked: count("Settled, and an event that waited behind each is the key's dead letter now."),
    failed: count("Dead letters still, for they can't be applied."),
    pending: count("Nobody has seen to them yet, but will."),
    applied: count("Events that were applied: their own, and those that had waited."),
    hasMore: {
      type: new GraphQLNonNull(GraphQLBoolean),
      description: "Whether there are more than were retried.",
    },
  },
});

function count<Source>(description: string): GraphQLFieldConfig<Source, GraphQLContext> {
  return { type: new GraphQLNonNull(GraphQLInt), description };
}
