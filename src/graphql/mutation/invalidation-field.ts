import { type GraphQLFieldConfig, GraphQLNonNull, GraphQLString } from "graphql";
import { didYouMean } from "../../catalog/problems.ts";
import type { Aggregate } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { GraphQLContext } from "../context.ts";
import { permitInvalidation } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";
import { isVisible } from "../visible.ts";
import { LongScalar } from "../types/scalars.ts";
import type { InputParts } from "./mutation-parts.ts";
import { type WaitArguments, waitArguments } from "./mutation-types.ts";
import { commandIdArgument, givenCommandId } from "./owned-payload.ts";
import { sendCommand } from "./send-command.ts";
import { invalidationPayload } from "./transaction-payload.ts";
import { checkedTimeout } from "./wait-until.ts";

interface InvalidationArguments extends WaitArguments {
  readonly topic: string;
  readonly id: bigint;
  readonly reason: string;
  readonly commandId?: string | null;
}

/** The longest reason, in UTF-16 code units. */
const MAX_REASON = 1_000;

/** The mutation that makes a transaction as if it had never been; `plans` are those whose topics have transactions. */
export function invalidationField(
  plans: readonly AggregatePlan[],
  { limits }: Pick<InputParts, "limits">,
): GraphQLFieldConfig<unknown, GraphQLContext, InvalidationArguments> {
  return {
    type: new GraphQLNonNull(invalidationPayload()),
    description:
      "Makes a transaction as if it had never been: the documents that it touched are folded again without it. Nothing is deleted, histories still show its events.",
    args: {
      topic: { type: new GraphQLNonNull(GraphQLString), description: "The topic of its events." },
      id: { type: new GraphQLNonNull(LongScalar), description: "The transaction's id." },
      reason: {
        type: new GraphQLNonNull(GraphQLString),
        description: `Why, for people: at most ${MAX_REASON} characters.`,
      },
      commandId: commandIdArgument,
      ...waitArguments(limits, ""),
    },
    resolve: async (_root, args, context) => {
      const aggregate = aggregateOf(args.topic, plans, context);
      permitInvalidation(context, aggregate.name);
      checkedTimeout(args.timeoutMs, limits);
      const request = {
        aggregate,
        transaction: checkedId(args.id),
        reason: checkedReason(args.reason),
        commandId: givenCommandId(args.commandId),
        traceparent: context.caller.headers["traceparent"],
      };
      const sent = await sendCommand(context, { kind: "invalidation", ...request }, args);
      return { ...sent, transaction: request.transaction };
    },
  };
}

function aggregateOf(topic: string, plans: readonly AggregatePlan[], context: GraphQLContext): Aggregate {
  const plan = plans.find(({ aggregate }) => aggregate.topic === topic);
  if (plan !== undefined) return plan.aggregate;
  const known = plans.filter(({ aggregate }) => isVisible(context, aggregate)).map(({ aggregate }) => aggregate.topic);
  const remedy = didYouMean(topic, known);
  const end = remedy.endsWith("?") ? "" : ".";
  throw new EventQLError("BAD_USER_INPUT", `There is no topic ${topic} with transactions. ${remedy}${end}`);
}

function checkedId(id: bigint): number {
  if (id >= 0n && id <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(id);
  throw new EventQLError("BAD_USER_INPUT", `There is no transaction ${id}: give the id that \`transaction\` returned.`);
}

function checkedReason(reason: string): string {
  if (reason.trim() !== "" && reason.length <= MAX_REASON) return reason;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `reason has ${reason.length} characters: say why the transaction is invalid, in at most ${MAX_REASON}.`,
  );
}
