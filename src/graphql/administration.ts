import { EventQLError } from "../errors.ts";
import type { GraphQLContext } from "./context.ts";

/**
 * Checks that the caller may do what only administrators may: `what` says it, as "see the projections".
 * @throws EventQLError `FORBIDDEN`.
 */
export function permitAdministration({ services, caller }: GraphQLContext, what: string): void {
  if (services.mayAdminister(caller)) return;
  throw new EventQLError("FORBIDDEN", `You may not ${what}: administration needs an admin role of the setting auth.`);
}
