import type { Aggregate } from "../../catalog/types.ts";
import type { ProjectionOutcome, WaitedProjection } from "../../command/projection-waiter.ts";
import { EventQLError, isEventQLError } from "../../errors.ts";
import { type Outcome, newestPositions } from "../../model/command.ts";
import type { Position } from "../../model/position.ts";
import type { Receipted } from "../../model/receipt.ts";
import type { GraphQLServices } from "../services.ts";

/** What waiting for receipts needs. */
type Services = Pick<GraphQLServices, "waiter" | "commands">;

/**
 * Waits until the projection has passed all that a receipt stands for, and tells how that ended: of a command at first
 * until it is decided. A command that was refused has nothing to be shown. `projections` are those in code that are read.
 * @throws EventQLError `NOT_YET_PROJECTED` after `timeoutMs`, `LIMIT_EXCEEDED` where too many wait already.
 */
export async function outcomesOf(
  receipted: Receipted,
  timeoutMs: number,
  services: Services,
  projections: readonly Aggregate[] = [],
): Promise<readonly ProjectionOutcome[]> {
  const waiting = { services, projections };
  if (receipted.kind === "events") return await projected(receipted.positions, timeoutMs, waiting);
  const began = performance.now();
  const outcome = await decided(receipted, timeoutMs, services);
  const left = Math.max(0, Math.ceil(timeoutMs - (performance.now() - began)));
  return await projected(newestPositions(outcome.topic, outcome.events), left, waiting);
}

interface Waiting {
  readonly services: Services;
  /** Projections in code to wait for too, as far as they fold a position's topic. */
  readonly projections: readonly Aggregate[];
}

async function projected(
  positions: readonly Position[],
  timeoutMs: number,
  { services: { waiter }, projections }: Waiting,
): Promise<readonly ProjectionOutcome[]> {
  const waits = positions.flatMap((position) => {
    const inCode = projections.filter(({ projected: made }) => made?.projection.from.includes(position.topic));
    return [undefined, ...inCode.map(waitedFor)].map((of) => ({ position, of }));
  });
  return await Promise.all(waits.map(async ({ position, of }) => await waiter.wait(position, timeoutMs, of)));
}

function waitedFor({ projection, topic, projected: made }: Aggregate): WaitedProjection {
  return made?.isRekeyed === true ? { projection, through: topic } : { projection };
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
