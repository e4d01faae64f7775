import type { Aggregate } from "../catalog/types.ts";
import type { GraphQLContext } from "./context.ts";

/** Whether a caller may do anything with an aggregate: to others it isn't named. */
export function isVisible({ services, caller }: GraphQLContext, { name }: Pick<Aggregate, "name">): boolean {
  return (["read", "subscribe", "append"] as const).some((action) => services.authorize(caller, action, name).allow);
}
