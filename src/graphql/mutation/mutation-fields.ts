import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLNonNull,
  GraphQLObjectType,
} from "graphql";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitEvent, permitTombstone } from "../permit.ts";
import type { AggregatePlan, EventPlan } from "../plan.ts";
import { readLatest } from "../query/read-documents.ts";
import type { GraphQLLimits } from "../services.ts";
import type { ConvertFields } from "../types/convert-input.ts";
import type { InputTypes } from "../types/input.ts";
import { eventOf } from "./event-payload.ts";
import { type CommandResult, type WaitArguments, resultFields, waitArguments } from "./mutation-types.ts";
import { checkedTimeout, waitUntil } from "./wait-until.ts";

/** What the mutations of an aggregate are built of. */
export interface MutationParts {
  readonly plan: AggregatePlan;
  readonly document: GraphQLObjectType<StoredDocument, GraphQLContext>;
  readonly inputs: InputTypes;
  readonly convert: (fields: EventPlan["fields"]) => ConvertFields;
  readonly limits: GraphQLLimits;
}

interface EventArguments extends WaitArguments {
  readonly id?: string | null;
  readonly input: unknown;
}

interface DeleteArguments extends WaitArguments {
  readonly id: string;
}

/** The mutations of an aggregate: one for each of its event types, and the tombstone. */
export function mutationFields(parts: MutationParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { events, tombstone } = parts.plan;
  const fields: GraphQLFieldConfigMap<unknown, GraphQLContext> = {};
  for (const event of events) fields[event.mutation] = eventField(event, parts);
  fields[tombstone.mutation] = deleteField(parts);
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
      const request = { eventType, ...eventOf(event, convert, id, args.input), traceparent };
      const appended = await context.services.appender.append(request);
      return { appended, status: await waitUntil(context, appended, args) };
    },
  };
}

function deleteField({ plan, limits }: MutationParts): GraphQLFieldConfig<unknown, GraphQLContext, DeleteArguments> {
  const { aggregate, tombstone, typeName } = plan;
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
