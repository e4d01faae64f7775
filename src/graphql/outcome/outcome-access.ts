import type { Aggregate } from "../../catalog/types.ts";
import { isEventQLError } from "../../errors.ts";
import type { Outcome } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import { permitEvent, permitInvalidation, permitTombstone, scopeOf } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";

/** How a command ended, and the aggregate that it was for. */
export interface SeenOutcome {
  readonly plan: AggregatePlan;
  readonly outcome: Outcome;
}

/** The same, as far as permissions go. */
interface OutcomeOf {
  readonly plan: Pick<AggregatePlan, "aggregate">;
  readonly outcome: Outcome;
}

/** Whether a caller may append anything at all to an aggregate: else no command of its is theirs. */
export function mayAppend(context: GraphQLContext, { aggregate }: AggregatePlan): boolean {
  return isPermitted(() => void scopeOf(context, "append", aggregate.name));
}

/** Whether a caller may know how a command ended: who may send it may. */
export function mayKnowOutcome(context: GraphQLContext, seen: OutcomeOf): boolean {
  return isPermitted(() => permitSending(context, seen));
}

/** @throws EventQLError `FORBIDDEN` where the caller may not send such a command. */
function permitSending(context: GraphQLContext, { plan: { aggregate }, outcome }: OutcomeOf): void {
  const { name } = aggregate;
  switch (outcome.kind) {
    case "command":
      return permitEvent(context, name, aggregate.owned?.commands.find(isOf(outcome))?.name ?? outcome.type);
    case "event":
      return permitEvent(context, name, aggregate.eventTypes.find(isOf(outcome))?.name ?? outcome.type);
    case "tombstone":
      return permitTombstone(context, name);
    case "invalidation":
      return permitInvalidation(context, name);
    case "transaction":
      return permitTransaction(context, aggregate, outcome);
  }
}

/** Of one that was refused it isn't known what was in it: who may append any event may know of that. */
function permitTransaction(context: GraphQLContext, aggregate: Aggregate, { events: decided }: Outcome): void {
  const { name, eventTypes } = aggregate;
  for (const event of decided) permitEvent(context, name, eventTypes.find(isOf(event))?.name ?? event.type);
  if (decided.length > 0) return;
  const { events } = scopeOf(context, "append", name);
  const any = eventTypes.find((type) => events === undefined || events.has(type.name));
  permitEvent(context, name, any?.name ?? "");
}

function isOf({ type }: { readonly type: string }): (of: { readonly fullName: string }) => boolean {
  return ({ fullName }) => fullName === type;
}

/** Whether a demand is met: false where it says so, or is `FORBIDDEN`. */
export function isPermitted(demand: () => boolean | void): boolean {
  try {
    return demand() ?? true;
  } catch (error) {
    if (isEventQLError(error, "FORBIDDEN")) return false;
    throw error;
  }
}

/** As {@link isPermitted}, of what takes time. */
export async function isPermittedToo(demand: () => Promise<boolean>): Promise<boolean> {
  try {
    return await demand();
  } catch (error) {
    if (isEventQLError(error, "FORBIDDEN")) return false;
    throw error;
  }
}
