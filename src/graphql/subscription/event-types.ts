import { type GraphQLFieldConfigMap, GraphQLID, GraphQLNonNull, GraphQLObjectType, GraphQLUnionType } from "graphql";
import type { EventItem } from "../../feed/event-feed.ts";
import type { GraphQLContext } from "../context.ts";
import { guardedColumn } from "../guarded-column.ts";
import type { AggregatePlan } from "../plan.ts";
import type { EventFieldPlan, EventObjectPlan } from "../plan-subscription.ts";
import type { OutputTypes } from "../types/output.ts";
import { eventMetaType } from "./event-meta.ts";

type EventFields = GraphQLFieldConfigMap<EventItem, GraphQLContext>;

/** The union of an aggregate's events. */
export function eventUnion(plan: AggregatePlan, outputs: OutputTypes): GraphQLUnionType {
  const { unionName, tombstoneName, events } = plan.subscription;
  const names = new Map(events.map(({ eventType, name }) => [eventType.fullName, name]));
  return new GraphQLUnionType({
    name: unionName,
    description: `An event of one ${plan.typeName}, as it stands in the log.`,
    types: () => [...events.map((event) => eventObject(event, plan, outputs)), tombstoneObject(plan)],
    resolveType: ({ event }: EventItem) =>
      event === undefined ? tombstoneName : names.get(event.writer.eventType.fullName),
  });
}

function eventObject(
  event: EventObjectPlan,
  { aggregate }: AggregatePlan,
  outputs: OutputTypes,
): GraphQLObjectType<EventItem, GraphQLContext> {
  const { eventType, name, fields } = event;
  return new GraphQLObjectType<EventItem, GraphQLContext>({
    name,
    description: eventType.record.doc ?? `The event ${eventType.fullName} on topic ${eventType.topic}.`,
    fields: () => {
      const { id, _meta } = fieldsOfOurs();
      const shown = fields.map((field) => payloadFields(field, aggregate.name, outputs));
      return Object.assign({ id }, ...shown, { _meta });
    },
  });
}

function tombstoneObject({ typeName, subscription }: AggregatePlan): GraphQLObjectType<EventItem, GraphQLContext> {
  return new GraphQLObjectType<EventItem, GraphQLContext>({
    name: subscription.tombstoneName,
    description: `The deletion of one ${typeName}: a record without a value.`,
    fields: fieldsOfOurs,
  });
}

function fieldsOfOurs(): { readonly id: EventFields[string]; readonly _meta: EventFields[string] } {
  return {
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key of the event.",
      resolve: ({ id }: EventItem) => id,
    },
    _meta: {
      type: new GraphQLNonNull(eventMetaType),
      description: "Where the event stands in the log.",
      resolve: (item: EventItem) => item,
    },
  };
}

/** A field and its older names. */
function payloadFields(
  { field, name, aliases, columnName }: EventFieldPlan,
  aggregate: string,
  outputs: OutputTypes,
): EventFields {
  const read = outputs.reader(field.name, field.type);
  // A newer schema than the one that this API was built from may not have the field.
  const absent = { [field.name]: field.default ?? null };
  const config = {
    type: outputs.of(field.type),
    description: field.doc,
    resolve: ({ event }: EventItem) =>
      read(event !== undefined && Object.hasOwn(event.payload, field.name) ? event.payload : absent),
  };
  const guarded = guardedColumn<EventItem>(config, aggregate, columnName ?? name);
  const deprecated = aliases.map((alias) => [alias, { ...guarded, deprecationReason: `Renamed to ${name}.` }] as const);
  return { [name]: guarded, ...Object.fromEntries(deprecated) };
}
