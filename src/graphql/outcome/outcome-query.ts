import { type GraphQLFieldConfig, GraphQLID, GraphQLNonNull } from "graphql";
import { checkedCommandId } from "../command-id.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import { type SeenOutcome, mayAppend, mayKnowOutcome } from "./outcome-access.ts";
import { outcomeType } from "./outcome-type.ts";

/** The query of how a command ended; `plans` are those of owned topics. */
export function outcomeQuery(
  plans: readonly AggregatePlan[],
): GraphQLFieldConfig<unknown, GraphQLContext, { readonly id: string }> {
  return {
    type: outcomeType,
    description:
      "How a command ended; null where it is not decided yet, unknown, or not yours to know. Where several topics have a command of the id, the one that was decided last.",
    args: { id: { type: new GraphQLNonNull(GraphQLID), description: "The command's id." } },
    resolve: async (_root, { id }, context): Promise<SeenOutcome | null> => {
      const commandId = checkedCommandId(id);
      if (!plans.some((plan) => mayAppend(context, plan))) return null;
      const found = await context.services.commands.find(commandId);
      const seen = found.flatMap((outcome): readonly SeenOutcome[] => {
        const plan = plans.find(({ aggregate }) => aggregate.topic === outcome.topic);
        return plan === undefined ? [] : [{ plan, outcome }];
      });
      const known = seen.filter((each) => mayKnowOutcome(context, each));
      return known.toSorted((a, b) => b.outcome.decidedAt - a.outcome.decidedAt)[0] ?? null;
    },
  };
}
