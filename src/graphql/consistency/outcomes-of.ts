import type { ProjectionOutcome } from "../../command/projection-waiter.ts";
import { EventQLError, isEventQLError } from "../../errors.ts";
import { type Outcome, newestPositions } from "../../model/command.ts";
import type { Position } from "../../model/position.ts";
import type { Receipted } from "../../model/receipt.ts";
import type { GraphQLServices } from "../services.ts";

/** What waiting for receipts needs. */
type Services = Pick<GraphQLServices, "waiter" | "commands">;

/**
 * Waits until the projection has passed all that a receipt stands for, and tells how that ended: of a command at first
 * until it is decided. A command that was refused has nothing to be shown.
 * @throws EventQLError `NOT_YET_PROJECTED` after `timeoutMs`, `LIMIT_EXCEEDED` where too many wait already.
 */
export async function outcomesOf(
  receipted: Receipted,
  timeoutMs: number,
  services: Services,
): Promise<readonly ProjectionOutcome[]> {
  if (receipted.kind === "events") return await projected(receipted.positions, timeoutMs, services);
  const began = performance.now();
  const outcome = await decided(receipted, timeoutMs, services);
  const left = Math.max(0, Math.ceil(timeoutMs - (performance.now() - began)));
  return await projected(newestPositions(outcome.topic, outcome.events), left, services);
}

async function projected(
  positions: readonly Position[],
  timeoutMs: number,
  { waiter }: Services,
): Promise<readonly ProjectionOutcome[]> {
  return await Promise.all(positions.map(async (position) => await waiter.wait(position, timeoutMs)));
}

async function decided(
  of: Extract<Receipted, { readonly kind: "command" }>,
  timeoutMs: number,
  { commands }: Services,
): Promise<Outcome> {
  try {
    return await commands.outcome(of, timeoutMs);
  } catch (error) {
    if (!isEventQLError(error, "NOT_YET_DECIDED")) throw error;
    const message = `The receipt's command was not decided within ${timeoutMs} ms: ask again, or give it more time.`;
    throw new EventQLError("NOT_YET_PROJECTED", message, { cause: error });
  }
}
