import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLNonNull,
  GraphQLObjectType,
} from "graphql";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitEvent, permitTombstone } from "../permit.ts";
import type { EventPlan, MutationPlan } from "../plan-mutations.ts";
import { readLatest } from "../query/read-documents.ts";
import { commandField } from "./command-field.ts";
import { eventOf } from "./event-payload.ts";
import type { MutationParts } from "./mutation-parts.ts";
import { type CommandResult, type WaitArguments, resultFields, waitArguments } from "./mutation-types.ts";
import { ownedDeleteField, ownedEventField } from "./owned-event-fields.ts";
import { checkedTimeout, waitUntil } from "./wait-until.ts";

interface EventArguments extends WaitArguments {
  readonly id?: string | null;
  readonly input: unknown;
}

interface DeleteArguments extends WaitArguments {
  readonly id: string;
}

/** The mutations of an aggregate: one for each of its event types, the tombstone, and one for each of its commands. */
export function mutationFields(parts: MutationParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { aggregate, events, tombstone, commands } = parts.plan;
  const isOwned = aggregate.owned !== undefined;
  const fields: GraphQLFieldConfigMap<unknown, GraphQLContext> = {};
  for (const event of events)
    fields[event.mutation] = isOwned ? ownedEventField(event, parts) : eventField(event, parts);
  if (tombstone !== undefined)
    fields[tombstone.mutation] = isOwned ? ownedDeleteField(tombstone, parts) : deleteField(tombstone, parts);
  for (const command of commands) fields[command.mutation] = commandField(command, parts);
  return fields;
}

function eventField(
  event: EventPlan,
  parts: MutationParts,
): GraphQLFieldConfig<unknown, GraphQLContext, EventArguments> {
  const { aggregate } = parts.plan;
  const { eventType, fields } = event;
  const convert = parts.convert(fields);
  return {
    type: new GraphQLNonNull(eventPayload(event, parts)),
    description: eventType.record.doc ?? `Appends an event ${eventType.fullName} to topic ${eventType.topic}.`,
    args: {
      id: { type: GraphQLID, description: "The key to append to; default: a new UUID." },
      input: { type: new GraphQLNonNull(parts.inputs.event(event)), description: "What the event says." },
      ...waitArguments(parts.limits),
    },
    resolve: async (_root, args, context) => {
      permitEvent(context, aggregate.name, eventType.name);
      checkedTimeout(args.timeoutMs, parts.limits);
      const id = args.id === null || args.id === undefined ? undefined : checkedKey(args.id);
      const { traceparent } = context.caller.headers;
      const request = { eventType, ...eventOf(event, convert, args.input, { id }), traceparent };
      const appended = await context.services.appender.append(request);
      return { appended, status: await waitUntil(context, appended, args) };
    },
  };
}

function deleteField(
  tombstone: MutationPlan,
  { plan, limits }: MutationParts,
): GraphQLFieldConfig<unknown, GraphQLContext, DeleteArguments> {
  const { aggregate, typeName } = plan;
  const payload = new GraphQLObjectType<CommandResult, GraphQLContext>({
    name: tombstone.payloadName,
    description: `What became of a deletion by \`${tombstone.mutation}\`.`,
    fields: resultFields(),
  });
  return {
    type: new GraphQLNonNull(payload),
    description: `Appends a tombstone to topic ${aggregate.topic}: the ${typeName} is deleted. It is no error if there is none.`,
    args: {
      id: { type: new GraphQLNonNull(GraphQLID), description: "The key to delete." },
      ...waitArguments(limits),
    },
    resolve: async (_root, args, context) => {
      permitTombstone(context, aggregate.name);
      checkedTimeout(args.timeoutMs, limits);
      const { traceparent } = context.caller.headers;
      const appended = await context.services.appender.appendTombstone(aggregate, checkedKey(args.id), traceparent);
      return { appended, status: await waitUntil(context, appended, args) };
    },
  };
}

function eventPayload(
  { payloadName, mutation, documentField }: EventPlan,
  { plan, document }: MutationParts,
): GraphQLObjectType<CommandResult, GraphQLContext> {
  return new GraphQLObjectType<CommandResult, GraphQLContext>({
    name: payloadName,
    description: `What became of an event that \`${mutation}\` appended.`,
    fields: () => ({
      ...resultFields(),
      [documentField]: {
        type: document,
        description: `The ${plan.typeName} with the event applied; null unless the status is \`PROJECTED\`.`,
        resolve: ({ appended, status }, _args, context) =>
          status === "PROJECTED" ? readLatest(context, plan.aggregate, appended.id) : null,
      },
    }),
  });
}
