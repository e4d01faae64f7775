import type { Aggregate, EventType } from "../catalog/types.ts";
import type { Appender } from "../command/appender.ts";
import type { Accepted, CommandRequest, Commands, TransactionEvent } from "../command/commands.ts";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { Outcome } from "../model/command.ts";
import { encodeReceipt } from "../model/receipt.ts";
import type { Payload } from "../model/value.ts";
import type { AppendOptions, AppendOutcome, TransactionOutcome } from "./event-store.ts";

/** An event, or a tombstone, whose type is known. */
export type TypedEvent =
  | { readonly eventType: EventType; readonly id: string | undefined; readonly payload: Payload }
  | { readonly eventType: undefined; readonly id: string };

/** The ways in: open topics are appended to directly, owned ones through their commands. */
export interface Ways {
  readonly appender: Appender;
  /** Undefined: owned topics can't be appended to. */
  readonly commands: Commands | undefined;
  /** What of an outcome may be told; undefined: nothing, as if it were not decided. Absent: all. */
  readonly shown?: (accepted: Accepted, outcome: Outcome) => Promise<Outcome | undefined>;
}

const TIMEOUT_MS = 10_000;

/** See `EventStore.append`. */
export async function appendEvent(
  { appender, commands, shown }: Ways,
  aggregate: Aggregate,
  event: TypedEvent,
  options: AppendOptions = {},
): Promise<AppendOutcome> {
  if (aggregate.owned === undefined) return await appendOpen(appender, aggregate, event, options);
  const { traceparent, commandId, ifVersion, timeoutMs } = options;
  const common = { aggregate, traceparent, commandId, ifVersion };
  const request: CommandRequest =
    event.eventType === undefined
      ? { kind: "tombstone", ...common, id: event.id }
      : { kind: "event", ...common, eventType: event.eventType, id: event.id, payload: event.payload };
  const way = demandCommands(commands, aggregate);
  const accepted = await way.send(request);
  const outcome = await outcomeOf(way, accepted, shown, timeoutMs);
  return eventOutcome(accepted, accepted.id ?? event.id ?? "", outcome);
}

/** See `EventStore.appendTransaction`. */
export async function appendTransaction(
  { commands, shown }: Ways,
  aggregate: Aggregate,
  events: readonly TransactionEvent[],
  { traceparent, commandId, timeoutMs }: Omit<AppendOptions, "ifVersion"> = {},
): Promise<TransactionOutcome> {
  if (aggregate.owned?.transactions !== true) throw noTransactions(aggregate);
  const way = demandCommands(commands, aggregate);
  const accepted = await way.send({ kind: "transaction", aggregate, events, traceparent, commandId });
  const outcome = await outcomeOf(way, accepted, shown, timeoutMs);
  const common = { commandId: accepted.commandId };
  if (outcome === undefined) return { ...common, status: "PENDING", receipt: accepted.receipt };
  const { rejection, transaction } = outcome;
  if (rejection !== undefined) return { ...common, status: "REJECTED", rejection, receipt: accepted.receipt };
  return { ...common, status: "APPENDED", transaction, events: outcome.events, receipt: receiptOf(accepted, outcome) };
}

async function appendOpen(
  appender: Appender,
  aggregate: Aggregate,
  event: TypedEvent,
  { ifVersion, commandId, traceparent }: AppendOptions,
): Promise<AppendOutcome> {
  if (ifVersion !== undefined) throw notOwned("ifVersion", aggregate);
  if (commandId !== undefined) throw notOwned("commandId", aggregate);
  const { eventType } = event;
  const { id, position, receipt } =
    eventType === undefined
      ? await appender.appendTombstone(aggregate, event.id, traceparent)
      : await appender.append({ eventType, id: event.id, payload: event.payload, traceparent });
  const end = { position, version: position.offset, dropped: false };
  return { id, receipt, commandId: undefined, status: "APPENDED", ...end };
}

/** How the command ended; undefined: not in time. */
async function outcomeOf(
  commands: Commands,
  accepted: Accepted,
  shown: Ways["shown"],
  timeoutMs: number = TIMEOUT_MS,
): Promise<Outcome | undefined> {
  try {
    const outcome = await commands.outcome(accepted, timeoutMs);
    // Of another command that had its id before: how this one ends isn't known by it.
    if (outcome.id !== accepted.id) return undefined;
    return shown === undefined ? outcome : await shown(accepted, outcome);
  } catch (error) {
    // It is stored, and will be decided: whoever is told of a failure might append it again.
    if (isEventQLError(error)) return undefined;
    throw error;
  }
}

function eventOutcome(accepted: Accepted, id: string, outcome: Outcome | undefined): AppendOutcome {
  const { receipt, commandId } = accepted;
  const taken = { id, receipt, commandId };
  if (outcome === undefined) return { ...taken, status: "PENDING" };
  const { rejection, topic, events } = outcome;
  if (rejection !== undefined) return { ...taken, status: "REJECTED", rejection };
  const [event] = events;
  if (event === undefined) throw new EventQLError("INTERNAL", "An event was decided on, and none was appended.");
  const { partition, offset, dropped = false } = event;
  const position = { topic, partition, offset };
  return { ...taken, status: "APPENDED", position, version: offset, dropped, receipt: receiptOf(accepted, outcome) };
}

function receiptOf({ receipt }: Accepted, { topic, events }: Outcome): string {
  const [first, ...more] = events.map(({ partition, offset }) => ({ topic, partition, offset }));
  return first === undefined ? receipt : encodeReceipt(first, ...more);
}

function demandCommands(commands: Commands | undefined, { topic }: Aggregate): Commands {
  if (commands !== undefined) return commands;
  throw new EventQLError(
    "NOT_OWNED",
    `Topic ${topic} is owned: its events are decided by a processor, which this event store has no way to. Make it by ` +
      "openEventStore, or append over HTTP.",
  );
}

function notOwned(what: string, { topic }: Aggregate): EventQLError {
  return new EventQLError(
    "NOT_OWNED",
    `${what} needs a topic with a single writer, and topic ${topic} is open: leave it out, or give an event type of the ` +
      'topic the hint "owned": true.',
  );
}

function noTransactions({ topic }: Aggregate): EventQLError {
  return new EventQLError(
    "NOT_OWNED",
    `Topic ${topic} has no transactions: append events one by one, or give an event type of the topic the hint ` +
      '"transactions": true.',
  );
}
