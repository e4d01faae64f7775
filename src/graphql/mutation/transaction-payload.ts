import { GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString } from "graphql";
import type { GraphQLContext } from "../context.ts";
import { decidedEventType } from "../outcome/decided-event-type.ts";
import { LongScalar } from "../types/scalars.ts";
import { outcomeFields, versionText } from "./owned-payload.ts";
import type { SentCommand } from "./send-command.ts";

/** What became of an invalidation. */
interface SentInvalidation extends SentCommand {
  /** The transaction's id. */
  readonly transaction: number;
}

const topic = {
  type: new GraphQLNonNull(GraphQLString),
  description: "The topic of the events.",
  resolve: ({ accepted }: SentCommand) => accepted.topic,
} as const;

/** What the mutation of a transaction returns. */
export function transactionPayload(): GraphQLObjectType<SentCommand, GraphQLContext> {
  return new GraphQLObjectType<SentCommand, GraphQLContext>({
    name: "TransactionPayload",
    description: "What became of a transaction.",
    fields: {
      id: {
        type: LongScalar,
        description:
          "The transaction's id, which its events carry: it grows, with gaps. Null as long as it isn't decided.",
        resolve: ({ outcome }) => versionText(outcome?.transaction),
      },
      topic,
      ...outcomeFields(),
      events: {
        type: new GraphQLList(new GraphQLNonNull(decidedEventType)),
        description: "Where its events are, in their order, none where it was refused; null while that isn't known.",
        resolve: ({ outcome }) => outcome?.events ?? null,
      },
    },
  });
}

/** What the mutation of an invalidation returns. */
export function invalidationPayload(): GraphQLObjectType<SentInvalidation, GraphQLContext> {
  return new GraphQLObjectType<SentInvalidation, GraphQLContext>({
    name: "InvalidationPayload",
    description: "What became of the invalidation of a transaction.",
    fields: {
      transaction: {
        type: new GraphQLNonNull(LongScalar),
        description: "The transaction's id.",
        resolve: ({ transaction }) => versionText(transaction),
      },
      topic,
      ...outcomeFields(),
    },
  });
}
