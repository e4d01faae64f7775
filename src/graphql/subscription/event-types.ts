import { type GraphQLFieldConfigMap, GraphQLID, GraphQLNonNull, GraphQLObjectType, GraphQLUnionType } from "graphql";
import type { DecodedEvent, Writer } from "../../catalog/codec.ts";
import type { EventItem } from "../../feed/event-feed.ts";
import type { GraphQLContext } from "../context.ts";
import { guardedColumn } from "../guarded-column.ts";
import type { AggregatePlan } from "../plan.ts";
import type { EventFieldPlan, EventObjectPlan } from "../plan-subscription.ts";
import type { OutputTypes } from "../types/output.ts";

/** An event that a dry run would lead to: it stands nowhere in the log. */
export interface ImaginedEvent {
  readonly id: string;
  readonly event: Pick<DecodedEvent, "payload"> & { readonly writer: Pick<Writer, "eventType"> };
  readonly record?: undefined;
}

/** An event as clients are shown it. */
type ShownEvent = EventItem | ImaginedEvent;

/** The type of an event's `_meta`. */
type EventMetaType = GraphQLObjectType<EventItem, GraphQLContext>;

type EventFields = GraphQLFieldConfigMap<ShownEvent, GraphQLContext>;

/** The union of an aggregate's events. */
export function eventUnion(plan: AggregatePlan, outputs: OutputTypes, meta: EventMetaType): GraphQLUnionType {
  const { unionName, tombstoneName, events } = plan.subscription;
  const names = new Map(events.map(({ eventType, name }) => [eventType.fullName, name]));
  return new GraphQLUnionType({
    name: unionName,
    description: `An event of one ${plan.typeName}, as it stands in the log.`,
    types: () => [...events.map((event) => eventObject(event, plan, outputs, meta)), tombstoneObject(plan, meta)],
    resolveType: ({ event }: ShownEvent) =>
      event === undefined ? tombstoneName : names.get(event.writer.eventType.fullName),
  });
}

function eventObject(
  event: EventObjectPlan,
  plan: AggregatePlan,
  outputs: OutputTypes,
  meta: EventMetaType,
): GraphQLObjectType<ShownEvent, GraphQLContext> {
  const { eventType, name, fields } = event;
  return new GraphQLObjectType<ShownEvent, GraphQLContext>({
    name,
    description: eventType.record.doc ?? `The event ${eventType.fullName} on topic ${eventType.topic}.`,
    fields: () => {
      const { id, _meta } = fieldsOfOurs(plan, meta);
      const shown = fields.map((field) => payloadFields(field, plan.aggregate.name, outputs));
      return Object.assign({ id }, ...shown, { _meta });
    },
  });
}

function tombstoneObject(plan: AggregatePlan, meta: EventMetaType): GraphQLObjectType<ShownEvent, GraphQLContext> {
  return new GraphQLObjectType<ShownEvent, GraphQLContext>({
    name: plan.subscription.tombstoneName,
    description: `The deletion of one ${plan.typeName}: a record without a value.`,
    fields: () => ({ ...fieldsOfOurs(plan, meta) }),
  });
}

function fieldsOfOurs(
  { commands }: AggregatePlan,
  meta: EventMetaType,
): {
  readonly id: EventFields[string];
  readonly _meta: EventFields[string];
} {
  const canBeTried = commands.length > 0;
  return {
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key of the event.",
      resolve: ({ id }: ShownEvent) => id,
    },
    _meta: {
      type: canBeTried ? meta : new GraphQLNonNull(meta),
      description: `Where the event stands in the log${canBeTried ? "; null where a dry run would lead to it" : ""}.`,
      resolve: (item: ShownEvent) => (item.record === undefined ? null : item),
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
    resolve: ({ event }: ShownEvent) =>
      read(event !== undefined && Object.hasOwn(event.payload, field.name) ? event.payload : absent),
  };
  const guarded = guardedColumn<ShownEvent>(config, aggregate, columnName ?? name);
  const deprecated = aliases.map((alias) => [alias, { ...guarded, deprecationReason: `Renamed to ${name}.` }] as const);
  return { [name]: guarded, ...Object.fromEntries(deprecated) };
}
