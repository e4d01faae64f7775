import type { Appended } from "../../command/appender.ts";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Position } from "../../model/position.ts";
import type { GraphQLContext } from "../context.ts";
import type { GraphQLLimits } from "../services.ts";
import type { CommandStatus, WaitArguments } from "./mutation-types.ts";

/** The wait that was asked for in ms, cut to the longest. @throws EventQLError `BAD_USER_INPUT` where it is negative. */
export function checkedTimeout(timeoutMs: number | null | undefined, limits: GraphQLLimits): number {
  const asked = timeoutMs ?? limits.defaultWaitMs;
  if (asked < 0) throw new EventQLError("BAD_USER_INPUT", `timeoutMs is ${asked}: give 0 or more.`);
  return Math.min(asked, limits.maxWaitMs);
}

/**
 * Waits as long as was asked for. The event is in the log already, so nothing that fails here is an error: the caller
 * might append it again.
 */
export async function waitUntil(
  context: GraphQLContext,
  { position }: Appended,
  { wait, timeoutMs }: WaitArguments,
): Promise<CommandStatus> {
  if ((wait ?? "PROJECTED") !== "PROJECTED") return "APPENDED";
  return untilProjected(context, [position], checkedTimeout(timeoutMs, context.services.limits));
}

/** Waits until queries show all of these events. Never rejects, as {@link waitUntil}. */
export async function untilProjected(
  { services }: GraphQLContext,
  positions: readonly Position[],
  timeoutMs: number,
): Promise<Extract<CommandStatus, "PROJECTED" | "DEAD_LETTERED" | "PENDING">> {
  try {
    const outcomes = await Promise.all(
      positions.map(async (position) => await services.waiter.wait(position, timeoutMs)),
    );
    return outcomes.every((outcome) => outcome === "PROJECTED") ? "PROJECTED" : "DEAD_LETTERED";
  } catch (error) {
    if (!isEventQLError(error, "NOT_YET_PROJECTED"))
      services.logger.warn(
        { ...positions[0], error: messageOf(error) },
        "could not wait for the projection of an event",
      );
    return "PENDING";
  }
}
