import type { Commands } from "../command/commands.ts";
import { isEventQLError } from "../errors.ts";
import type { Outcome } from "../model/command.ts";
import type { LineTargets, SentCommand } from "./line-appender.ts";

/**
 * Sends commands, and waits for each `waitMs` at the most; 0: not at all. Once one of them wasn't decided in time, none is
 * waited for any more: nobody seems to decide.
 */
export function sendAndWait(commands: Pick<Commands, "send" | "outcome">, waitMs: number): LineTargets["send"] {
  let waits = waitMs > 0;
  return async (request) => {
    const accepted = await commands.send(request);
    if (!waits) return { accepted, outcome: undefined };
    try {
      return { accepted, outcome: await commands.outcome(accepted, waitMs) };
    } catch (error) {
      if (!isEventQLError(error, "NOT_YET_DECIDED")) throw error;
      waits = false;
      return { accepted, outcome: undefined };
    }
  };
}

/** What is told of a command: how it ended, or where it waits to be decided. */
export function describeCommand({ accepted, outcome }: SentCommand, isWaitedFor: boolean): object {
  const { id, commandId, position, receipt } = accepted;
  if (outcome === undefined)
    return { id, commandId, status: isWaitedFor ? "PENDING" : "ACCEPTED", ...position, receipt };
  return { id, commandId, status: outcome.status, ...position, receipt, ...ended(outcome) };
}

function ended({ status, rejection, events, version, transaction }: Outcome): object {
  return status === "REJECTED" ? { rejection } : { events, version, transaction };
}
