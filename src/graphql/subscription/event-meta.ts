import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { EventItem } from "../../feed/event-feed.ts";
import type { EventInvalidation } from "../../model/event-invalidation.ts";
import { HEADER } from "../../model/event.ts";
import { transactionOf } from "../../model/transaction-id.ts";
import type { GraphQLContext } from "../context.ts";
import { CursorScalar, DateTimeScalar, LongScalar } from "../types/scalars.ts";

type EventMetaType = GraphQLObjectType<EventItem, GraphQLContext>;

/** The type of an event's `_meta`; with transactions it says which one the event is of. */
export function eventMetaType(withTransactions: boolean): EventMetaType {
  return new GraphQLObjectType<EventItem, GraphQLContext>({
    name: "EventMeta",
    description: "Where an event stands in the log.",
    fields: { ...PLACE, ...(withTransactions ? transactionFields() : {}) },
  });
}

const PLACE: GraphQLFieldConfigMap<EventItem, GraphQLContext> = {
  eventType: {
    type: GraphQLString,
    description: "The full Avro name of its type; null for a tombstone.",
    resolve: ({ event }) => event?.writer.eventType.fullName ?? null,
  },
  eventId: {
    type: GraphQLID,
    description: "The event's own id, its header `ce_id`; null where who wrote it gave none.",
    resolve: ({ record }) => record.headers[HEADER.id] ?? null,
  },
  topic: shown(GraphQLString, "The topic.", ({ record }) => record.topic),
  partition: shown(GraphQLInt, "The partition of its key.", ({ record }) => record.partition),
  offset: shown(LongScalar, "Its offset in the partition.", ({ record }) => String(record.offset)),
  timestamp: shown(DateTimeScalar, "When it was written, or appended, as the topic's setting has it.", ({ record }) =>
    new Date(record.timestamp).toISOString(),
  ),
  cursor: shown(CursorScalar, "Where to go on after this event, in all partitions.", ({ cursor }) => cursor),
};

function transactionFields(): GraphQLFieldConfigMap<EventItem, GraphQLContext> {
  return {
    transaction: {
      type: LongScalar,
      description: "The id of its transaction; null where it is of none.",
      resolve: ({ record }) => transactionOf(record.headers)?.toString() ?? null,
    },
    invalidated: {
      type: eventInvalidationType(),
      description:
        "In a history: what made its transaction invalid, so that it doesn't count any more; null where it counts. Subscriptions tell events as they were appended.",
      resolve: ({ invalidated }) => invalidated ?? null,
    },
  };
}

function eventInvalidationType(): GraphQLObjectType<EventInvalidation, GraphQLContext> {
  return new GraphQLObjectType<EventInvalidation, GraphQLContext>({
    name: "EventInvalidation",
    description: "What made an event's transaction invalid.",
    fields: {
      reason: { type: new GraphQLNonNull(GraphQLString), description: "Why, as whoever did it has said." },
      at: {
        type: new GraphQLNonNull(DateTimeScalar),
        description: "When.",
        resolve: ({ at }) => at.toISOString(),
      },
      offset: {
        type: new GraphQLNonNull(LongScalar),
        description: "The offset that did, in the event's partition: the version of the documents that it changed.",
        resolve: ({ offset }) => String(offset),
      },
    },
  });
}

function shown(
  type: GraphQLOutputType & { readonly name: string },
  description: string,
  resolve: (item: EventItem) => unknown,
): GraphQLFieldConfig<EventItem, GraphQLContext> {
  return { type: new GraphQLNonNull(type), description, resolve };
}
