import type { Appended } from "../../command/appender.ts";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
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
  { services }: GraphQLContext,
  { position }: Appended,
  { wait, timeoutMs }: WaitArguments,
): Promise<CommandStatus> {
  if ((wait ?? "PROJECTED") !== "PROJECTED") return "APPENDED";
  try {
    const outcome = await services.waiter.wait(position, checkedTimeout(timeoutMs, services.limits));
    return outcome === "PROJECTED" ? "PROJECTED" : "DEAD_LETTERED";
  } catch (error) {
    if (!isEventQLError(error, "NOT_YET_PROJECTED"))
      services.logger.warn({ ...position, error: messageOf(error) }, "could not wait for the projection of an event");
    return "PENDING";
  }
}
