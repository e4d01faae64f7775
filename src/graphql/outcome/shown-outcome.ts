import type { Aggregate } from "../../catalog/types.ts";
import type { Accepted } from "../../command/commands.ts";
import type { CommandKind, CommandRejection, Outcome } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import { mayKnowEveryKey, mayKnowKey } from "../query/history/history-scope.ts";
import { isPermitted, isPermittedToo, mayKnowOutcome } from "./outcome-access.ts";

/** What a caller has sent: outcomes are found by the id alone, and the id may be one of somebody else's command. */
export interface Sent {
  readonly aggregate: Aggregate;
  readonly kind: CommandKind;
  /** The full Avro name of its type; empty where it has none. */
  readonly type: string;
  readonly accepted: Pick<Accepted, "id" | "position">;
}

/**
 * Whether who has sent a command may be told how it ended: of another one that had its id before, only where they might
 * ask for that one.
 */
export function mayBeTold(context: GraphQLContext, sent: Sent, outcome: Outcome): boolean {
  return isOwn(sent, outcome) || mayKnowOutcome(context, { plan: sent, outcome });
}

/**
 * How a command ended, as far as who has sent it may know: all of what they have appended themselves, and of other keys
 * and what was there before as far as they may read.
 */
export async function shownOutcome(context: GraphQLContext, sent: Sent, outcome: Outcome): Promise<Outcome> {
  const { id, version, events, rejection } = outcome;
  const own = isOwn(sent, outcome);
  const known = own ? events : await eventsOfKnownKeys(context, sent, events);
  const isVersionOwn = own && known.some((event) => event.id === id);
  const told = isVersionOwn || version === undefined || (await knowsKey(context, sent, id)) ? version : undefined;
  return { ...outcome, version: told, events: known, rejection: await shownRejection(context, sent, id, rejection) };
}

/** Why a command was refused; who may see nothing of its key doesn't get to know the key's version. */
export async function shownRejection(
  context: GraphQLContext,
  of: Pick<Sent, "aggregate">,
  id: string | undefined,
  rejection: CommandRejection | undefined,
): Promise<CommandRejection | undefined> {
  if (rejection?.currentVersion === undefined || (await knowsKey(context, of, id))) return rejection;
  return { code: rejection.code, message: "The key's version is not as it should be." };
}

/**
 * Whether the caller may see anything of a key; undefined: of whichever. Who may read nothing may not: that is no error.
 */
export async function knowsKey(
  context: GraphQLContext,
  of: Pick<Sent, "aggregate">,
  id: string | undefined,
): Promise<boolean> {
  if (id === undefined) return isPermitted(() => mayKnowEveryKey(context, of));
  return await isPermittedToo(async () => await mayKnowKey(context, of, id));
}

/** Whether an outcome is that of another command, of another kind or type or to another key, that had the id before. */
export function isOfAnother(sent: Sent, outcome: Outcome): boolean {
  return sent.accepted.id !== undefined ? !isOwn(sent, outcome) : sent.kind !== outcome.kind;
}

/** Whether an outcome is that of what was sent, or of the same sent before: to the same key, where it has one. */
function isOwn({ kind, type, accepted: { id, position } }: Sent, outcome: Outcome): boolean {
  const { partition, offset } = outcome.command;
  if (partition === position.partition && offset === position.offset) return true;
  return id !== undefined && id === outcome.id && kind === outcome.kind && type === outcome.type;
}

async function eventsOfKnownKeys(
  context: GraphQLContext,
  of: Pick<Sent, "aggregate">,
  events: Outcome["events"],
): Promise<Outcome["events"]> {
  const known = await Promise.all(events.map(async ({ id }) => await knowsKey(context, of, id)));
  return events.filter((_event, index) => known[index]);
}
