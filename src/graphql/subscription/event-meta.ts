import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { EventItem } from "../../feed/event-feed.ts";
import { HEADER } from "../../model/event.ts";
import type { GraphQLContext } from "../context.ts";
import { CursorScalar, DateTimeScalar, LongScalar } from "../types/scalars.ts";

/** The type of an event's `_meta`. */
export const eventMetaType: GraphQLObjectType<EventItem, GraphQLContext> = new GraphQLObjectType<
  EventItem,
  GraphQLContext
>({
  name: "EventMeta",
  description: "Where an event stands in the log.",
  fields: {
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
  },
});

function shown(
  type: GraphQLOutputType & { readonly name: string },
  description: string,
  resolve: (item: EventItem) => unknown,
): GraphQLFieldConfig<EventItem, GraphQLContext> {
  return { type: new GraphQLNonNull(type), description, resolve };
}
