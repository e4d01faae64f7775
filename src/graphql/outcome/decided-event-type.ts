import { GraphQLBoolean, GraphQLID, GraphQLNonNull, GraphQLObjectType, GraphQLString } from "graphql";
import type { DecidedPosition } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import { LongScalar } from "../types/scalars.ts";

/** Where an event stands that a command led to. */
export const decidedEventType: GraphQLObjectType<DecidedPosition, GraphQLContext> = new GraphQLObjectType<
  DecidedPosition,
  GraphQLContext
>({
  name: "DecidedEvent",
  description: "Where an event stands that a command led to.",
  fields: {
    id: { type: new GraphQLNonNull(GraphQLID), description: "The key of the event.", resolve: ({ id }) => id },
    type: {
      type: GraphQLString,
      description: "The full Avro name of its type; null for a tombstone.",
      resolve: ({ type }) => (type === "" ? null : type),
    },
    version: {
      type: new GraphQLNonNull(LongScalar),
      description: "Its offset: the key's version with it.",
      resolve: ({ offset }) => String(offset),
    },
    dropped: {
      type: new GraphQLNonNull(GraphQLBoolean),
      description:
        "Whether nothing was appended, for the key's newest event says the same: the version is of that one.",
      resolve: ({ dropped = false }) => dropped,
    },
  },
});
