import { EventQLError } from "../errors.ts";
import type { Filter } from "../read-model/read-model.ts";
import type { Action } from "../security/authorize.ts";
import type { GraphQLContext } from "./context.ts";

/**
 * Asks the policy whether the caller may do this, and returns the filter that limits what they may see.
 * @throws EventQLError `FORBIDDEN`.
 */
export function permit({ services, caller }: GraphQLContext, action: Action, aggregate: string): Filter | undefined {
  const decision = services.authorize(caller, action, aggregate);
  if (decision.allow) return decision.filter;
  throw new EventQLError("FORBIDDEN", `You may not ${action} ${aggregate}: ${decision.reason}.`);
}
