import { type GraphQLFieldConfig, GraphQLID, GraphQLInt, GraphQLNonNull } from "graphql";
import { EventQLError } from "../../errors.ts";
import { checkedCommandId } from "../command-id.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import { expiryGate } from "../subscription/gate.ts";
import { openCounted, showItem } from "../subscription/open-stream.ts";
import { mayAppend } from "./outcome-access.ts";
import { outcomeType } from "./outcome-type.ts";
import { OutcomeWatch } from "./outcome-watch.ts";

interface OutcomeArguments {
  readonly id: string;
  readonly timeoutMs?: number | null;
}

/** The subscription to how a command ends, named `field`; `plans` are those of owned topics. */
export function outcomeSubscription(
  field: string,
  plans: readonly AggregatePlan[],
): GraphQLFieldConfig<unknown, GraphQLContext, OutcomeArguments> {
  return {
    type: new GraphQLNonNull(outcomeType),
    description:
      "Tells how a command ended, at once where it has, else when it does: one item. What isn't yours to know is as if it were not decided.",
    args: {
      id: { type: new GraphQLNonNull(GraphQLID), description: "The command's id." },
      timeoutMs: {
        type: GraphQLInt,
        description:
          "The longest wait in ms; after it the subscription ends with `NOT_YET_DECIDED`. Default: as long as you listen.",
      },
    },
    subscribe: async (_root, { id, timeoutMs }, context) => {
      const commandId = checkedCommandId(id);
      const mine = plans.filter((plan) => mayAppend(context, plan));
      if (mine.length === 0)
        throw new EventQLError("FORBIDDEN", "You may send no commands, so there is no outcome that you may be told.");
      if (timeoutMs !== null && timeoutMs !== undefined && timeoutMs < 0)
        throw new EventQLError("BAD_USER_INPUT", `timeoutMs is ${timeoutMs}: give 0 or more.`);
      const options = { context, commandId, plans: mine, timeoutMs: timeoutMs ?? undefined };
      return await openCounted(context, field, {
        scope: {},
        after: undefined,
        openFeed: (sink) => Promise.resolve(OutcomeWatch.start(options, sink)),
        // The policy is asked when there is something to tell: before that nothing is told.
        openGate: (onExpired) => expiryGate(context, onExpired),
      });
    },
    resolve: showItem,
  };
}
