import { type GraphQLFieldConfig, GraphQLID, GraphQLNonNull, GraphQLObjectType } from "graphql";
import { newKey } from "../../command/key.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitEvent, permitTombstone } from "../permit.ts";
import type { EventPlan, MutationPlan } from "../plan-mutations.ts";
import { readLatest } from "../query/read-documents.ts";
import type { OwnedArguments } from "./command-field.ts";
import { eventOf } from "./event-payload.ts";
import type { MutationParts } from "./mutation-parts.ts";
import { waitArguments } from "./mutation-types.ts";
import { givenCommandId, keyedOutcomeFields, ownedArguments } from "./owned-payload.ts";
import { type SentCommand, sendCommand } from "./send-command.ts";
import { checkedTimeout } from "./wait-until.ts";

interface EventArguments extends OwnedArguments {
  readonly id?: string | null;
  readonly input: unknown;
}

interface DeleteArguments extends OwnedArguments {
  readonly id: string;
}

/** The mutation of an event type of an owned topic. */
export function ownedEventField(
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
      id: {
        type: GraphQLID,
        description: "The key to append to; default: a new UUID, always the same one for a `commandId` that is given.",
      },
      input: { type: new GraphQLNonNull(parts.inputs.event(event)), description: "What the event says." },
      ...ownedArguments,
      ...waitArguments(parts.limits, ""),
    },
    resolve: async (_root, args, context) => {
      permitEvent(context, aggregate.name, eventType.name);
      checkedTimeout(args.timeoutMs, parts.limits);
      const commandId = givenCommandId(args.commandId);
      const given = args.id === null || args.id === undefined ? undefined : checkedKey(args.id);
      const made = eventOf(event, convert, args.input, { id: given, makeId: () => newKey(commandId) });
      const { traceparent } = context.caller.headers;
      const ifVersion = args.ifVersion ?? undefined;
      const request = { kind: "event", aggregate, eventType, ...made, commandId, ifVersion, traceparent } as const;
      return await sendCommand(context, request, args);
    },
  };
}

/** The mutation of the tombstone of an owned topic. */
export function ownedDeleteField(
  { mutation, payloadName }: MutationPlan,
  { plan, limits }: MutationParts,
): GraphQLFieldConfig<unknown, GraphQLContext, DeleteArguments> {
  const { aggregate, typeName } = plan;
  const payload = new GraphQLObjectType<SentCommand, GraphQLContext>({
    name: payloadName,
    description: `What became of a deletion by \`${mutation}\`.`,
    fields: keyedOutcomeFields(),
  });
  return {
    type: new GraphQLNonNull(payload),
    description: `Appends a tombstone to topic ${aggregate.topic}: the ${typeName} is deleted. It is no error if there is none.`,
    args: {
      id: { type: new GraphQLNonNull(GraphQLID), description: "The key to delete." },
      ...ownedArguments,
      ...waitArguments(limits, ""),
    },
    resolve: async (_root, args, context) => {
      permitTombstone(context, aggregate.name);
      checkedTimeout(args.timeoutMs, limits);
      const commandId = givenCommandId(args.commandId);
      const id = checkedKey(args.id);
      const { traceparent } = context.caller.headers;
      const ifVersion = args.ifVersion ?? undefined;
      return await sendCommand(context, { kind: "tombstone", aggregate, id, commandId, ifVersion, traceparent }, args);
    },
  };
}

function eventPayload(
  { payloadName, mutation, documentField }: EventPlan,
  { plan, document }: MutationParts,
): GraphQLObjectType<SentCommand, GraphQLContext> {
  return new GraphQLObjectType<SentCommand, GraphQLContext>({
    name: payloadName,
    description: `What became of an event that \`${mutation}\` was to append.`,
    fields: () => ({
      ...keyedOutcomeFields(),
      [documentField]: {
        type: document,
        description: `The ${plan.typeName} with the event applied; null unless the status is \`PROJECTED\`.`,
        resolve: async ({ accepted: { id }, status }, _args, context) =>
          status === "PROJECTED" && id !== undefined ? await readLatest(context, plan.aggregate, id) : null,
      },
    }),
  });
}
