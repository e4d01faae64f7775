import type { Aggregate } from "../../../catalog/types.ts";
import type { HistoryBudget, HistoryOf } from "../../../history/history.ts";
import type { GraphQLContext } from "../../context.ts";
import { timeLeft } from "../time-left.ts";

const budgets = new WeakMap<GraphQLContext["session"], HistoryBudget>();

/**
 * Whose history a request reads: all that it reads of histories shares one budget.
 * @throws EventQLError `LIMIT_EXCEEDED` when its time is up.
 */
export function historyOf(context: GraphQLContext, aggregate: Aggregate, id: string): HistoryOf {
  const { session, services } = context;
  timeLeft(context);
  const budget = budgets.get(session) ?? { left: services.limits.maxHistoryEvents };
  budgets.set(session, budget);
  return { aggregate, id, causal: session.causal, budget };
}
