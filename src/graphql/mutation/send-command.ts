import type { Accepted, CommandRequest } from "../../command/commands.ts";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import { type Outcome, newestPositions } from "../../model/command.ts";
import { type Receipt, encodeReceipt } from "../../model/receipt.ts";
import type { GraphQLContext } from "../context.ts";
import { isOfAnother, mayBeTold, shownOutcome } from "../outcome/shown-outcome.ts";
import type { CommandStatus, Wait, WaitArguments } from "./mutation-types.ts";
import { checkedTimeout, untilProjected } from "./wait-until.ts";

/** What became of a command as far as was waited for. */
export interface SentCommand {
  readonly accepted: Accepted;
  readonly status: CommandStatus;
  /** Of the events, where they are known and none had to be waited for in vain; else of the command. */
  readonly receipt: Receipt;
  /** Undefined: it isn't decided yet, or nobody waited for that. */
  readonly outcome: Outcome | undefined;
}

/**
 * Sends a command, and waits as long as was asked for. Once it is sent nothing that fails is an error: the caller might
 * send it again.
 * @throws EventQLError as `Commands.send`, and `BAD_USER_INPUT` for a negative timeout: nothing was sent then; and for the
 *   id of another command.
 */
export async function sendCommand(
  context: GraphQLContext,
  request: CommandRequest,
  args: WaitArguments,
): Promise<SentCommand> {
  const { commands, limits } = context.services;
  const timeoutMs = checkedTimeout(args.timeoutMs, limits);
  const accepted = await commands.send(request);
  const wait = args.wait ?? "PROJECTED";
  if (wait === "NONE") return undecided(accepted, "ACCEPTED");
  const until = performance.now() + timeoutMs;
  const outcome = await outcomeOf(context, accepted, timeoutMs);
  const sent = { aggregate: request.aggregate, kind: request.kind, type: typeOf(request), accepted };
  // What isn't theirs to know is as if it were not decided.
  if (outcome === undefined || !mayBeTold(context, sent, outcome)) return undecided(accepted, "PENDING");
  if (isOfAnother(sent, outcome)) throw reused(accepted);
  const status = await statusOf(context, outcome, wait, until);
  const shown = await shownOutcome(context, sent, outcome);
  return { accepted, status, receipt: receiptOf(accepted, status, outcome, shown), outcome: shown };
}

/** Undefined: it isn't known in time. */
async function outcomeOf(
  { services }: GraphQLContext,
  accepted: Accepted,
  timeoutMs: number,
): Promise<Outcome | undefined> {
  try {
    return await services.commands.outcome(accepted, timeoutMs);
  } catch (error) {
    const { topic, commandId } = accepted;
    if (!isEventQLError(error, "NOT_YET_DECIDED"))
      services.logger.warn({ topic, commandId, error: messageOf(error) }, "could not wait for a command's outcome");
    return undefined;
  }
}

/** The error for an id that stands for another command: which of the two was decided depends on their partitions. */
function reused({ commandId, id }: Accepted): EventQLError {
  const where = id === undefined ? "" : `: the events of ${JSON.stringify(id)} tell whether this one was decided too`;
  return new EventQLError(
    "BAD_USER_INPUT",
    `The commandId ${JSON.stringify(commandId)} was sent before, with another command or to another key${where}. Take a new id for each command.`,
    { details: { commandId } },
  );
}

function undecided(accepted: Accepted, status: CommandStatus): SentCommand {
  return { accepted, status, receipt: accepted.receipt, outcome: undefined };
}

async function statusOf(
  context: GraphQLContext,
  { status, topic, events }: Outcome,
  wait: Exclude<Wait, "NONE">,
  until: number,
): Promise<CommandStatus> {
  if (status === "REJECTED") return "REJECTED";
  const newest = newestPositions(topic, events);
  // Where there is nothing to store, nothing is appended, and nothing changes what queries show.
  if (newest.length === 0) return "DECIDED";
  return wait === "PROJECTED" ? await untilProjected(context, newest, Math.max(0, until - performance.now())) : wait;
}

/** Of the events, where all of them may be known, and none was waited for in vain. */
function receiptOf(accepted: Accepted, status: CommandStatus, { topic, events }: Outcome, shown: Outcome): Receipt {
  const [first, ...others] = newestPositions(topic, events);
  const isPlaced = first !== undefined && status !== "PENDING" && shown.events.length === events.length;
  return isPlaced ? encodeReceipt(first, ...others) : accepted.receipt;
}

function typeOf(request: CommandRequest): string {
  if (request.kind === "command") return request.commandType.fullName;
  return request.kind === "event" ? request.eventType.fullName : "";
}
