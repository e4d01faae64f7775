import {
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
} from "graphql";
import type { TransactionEvent } from "../../command/commands.ts";
import { EventQLError } from "../../errors.ts";
import type { ExpectedVersion } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitEvent } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";
import type { EventPlan } from "../plan-mutations.ts";
import type { ConvertFields } from "../types/convert-input.ts";
import { eventOf } from "./event-payload.ts";
import type { InputParts } from "./mutation-parts.ts";
import { type WaitArguments, waitArguments } from "./mutation-types.ts";
import { commandIdArgument, givenCommandId, ifVersionArgument } from "./owned-payload.ts";
import { sendCommand } from "./send-command.ts";
import { transactionPayload } from "./transaction-payload.ts";
import { checkedTimeout } from "./wait-until.ts";

interface TransactionArguments extends WaitArguments {
  readonly events: readonly Readonly<Record<string, GivenEvent>>[];
  readonly commandId?: string | null;
}

/** An event as the argument has it. */
interface GivenEvent {
  readonly id?: string | null;
  readonly input: unknown;
  readonly ifVersion?: ExpectedVersion | null;
}

/** An event type that may be in a transaction. */
interface Member {
  readonly plan: AggregatePlan;
  readonly event: EventPlan;
  readonly convert: ConvertFields;
}

/** The mutation that appends several events of one topic as one; `plans` are those whose topics allow it. */
export function transactionField(
  plans: readonly AggregatePlan[],
  parts: InputParts,
): GraphQLFieldConfig<unknown, GraphQLContext, TransactionArguments> {
  const all = plans.flatMap((plan) =>
    plan.events.map((event): Member => ({ plan, event, convert: parts.convert(event.fields) })),
  );
  const members = new Map(all.map((member) => [member.event.mutation, member]));
  return {
    type: new GraphQLNonNull(transactionPayload()),
    description: "Appends events of one topic, of any keys, as one: readers of the log see all of them or none.",
    args: {
      events: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(transactionEventType(all, parts)))),
        description: "The events in their order: at least one, all of one topic.",
      },
      commandId: commandIdArgument,
      ...waitArguments(parts.limits, ""),
    },
    resolve: async (_root, args, context) => {
      const given = args.events.map((each) => memberOf(each, members));
      for (const { plan, event } of given) permitEvent(context, plan.aggregate.name, event.eventType.name);
      const { aggregate } = commonPlan(given.map(({ plan }) => plan));
      checkedTimeout(args.timeoutMs, parts.limits);
      const commandId = givenCommandId(args.commandId);
      const events = given.map(toEvent);
      const { traceparent } = context.caller.headers;
      return await sendCommand(context, { kind: "transaction", aggregate, events, commandId, traceparent }, args);
    },
  };
}

function memberOf(
  each: Readonly<Record<string, GivenEvent>>,
  members: ReadonlyMap<string, Member>,
): Member & GivenEvent {
  const [name = "", given] = Object.entries(each)[0] ?? [];
  const member = members.get(name);
  if (member !== undefined && given !== undefined) return { ...member, ...given };
  throw new EventQLError("BAD_USER_INPUT", "Each of a transaction's events gives exactly one field.");
}

function commonPlan(plans: readonly AggregatePlan[]): AggregatePlan {
  const [first, ...others] = plans;
  if (first === undefined)
    throw new EventQLError("BAD_USER_INPUT", "A transaction has at least one event: `events` is empty.");
  const other = others.find(({ aggregate }) => aggregate.topic !== first.aggregate.topic);
  if (other === undefined) return first;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `A transaction doesn't cross topics: its events are of ${first.typeName} and of ${other.typeName}. Make two of it.`,
  );
}

function toEvent({ event, convert, id, input, ifVersion }: Member & GivenEvent, index: number): TransactionEvent {
  const given = id === null || id === undefined ? undefined : checkedKey(id);
  const made = eventOf(event, convert, input, { id: given, place: ["events", index, event.mutation] });
  return { eventType: event.eventType, ...made, ifVersion: ifVersion ?? undefined };
}

function transactionEventType(members: readonly Member[], parts: InputParts): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name: "TransactionEvent",
    description: "An event of a transaction: give exactly one field.",
    isOneOf: true,
    fields: () => Object.fromEntries(members.map(({ event }) => [event.mutation, memberField(event, parts)])),
  });
}

function memberField(event: EventPlan, { inputs }: InputParts): GraphQLInputFieldConfig {
  const { fullName } = event.eventType;
  const type = new GraphQLInputObjectType({
    name: event.transactionName ?? event.inputName,
    description: `An event ${fullName} of a transaction.`,
    fields: () => ({
      id: { type: GraphQLID, description: "The key to append to; default: a new UUID." },
      input: { type: new GraphQLNonNull(inputs.event(event)), description: "What the event says." },
      ifVersion: {
        ...ifVersionArgument,
        description: "What the key's version must be before the transaction, else all of it is rejected. Default: any.",
      },
    }),
  });
  return { type, description: `An event ${fullName}.` };
}
