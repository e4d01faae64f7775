import type { RuleCommand, Trial } from "../../command/commands.ts";
import type { CommandRejection } from "../../model/command.ts";
import type { NewEvent, Rejection } from "../../model/decider.ts";
import { compileFilter } from "../../read-model/query/filter.ts";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { knowsKey, shownRejection } from "../outcome/shown-outcome.ts";
import { permit } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";
import { loadDocument } from "../query/read-documents.ts";
import { imagined } from "../types/imagined-document.ts";

/** What a command would do. */
export interface CommandTrial {
  readonly trial: Trial;
  /** The key's version before it, as far as the caller may know it. */
  readonly version: number | undefined;
  /** Why it would be refused; undefined: it wouldn't. */
  readonly rejection: CommandRejection | undefined;
  /** The client's. */
  readonly commandId: string | undefined;
}

/** Decides on a command, and appends nothing. @throws EventQLError as `Commands.tryOut`. */
export async function tryCommand(context: GraphQLContext, command: RuleCommand): Promise<CommandTrial> {
  const trial = await context.services.commands.tryOut(command);
  const rejection = await shownRejection(context, command, trial.id, triedRejection(trial));
  const version = (await knowsKey(context, command, trial.id)) ? trial.version : undefined;
  return { trial, version, rejection, commandId: command.commandId };
}

/** The events that a command would lead to; none where it would be refused. */
export function triedEvents({ decision }: Trial): readonly NewEvent[] {
  return isRejection(decision) ? [] : decision;
}

function triedRejection({ decision, version }: Trial): CommandRejection | undefined {
  if (!isRejection(decision)) return undefined;
  const { rejected: code, message = `The command is refused: ${code}.` } = decision;
  return code === "VERSION_CONFLICT" ? { code, message, currentVersion: version ?? null } : { code, message };
}

/**
 * The document that a command would lead to, as far as the caller may see it: where there is one now, they must see that
 * too, for most of the other is the same. @throws EventQLError `FORBIDDEN`.
 */
export async function triedDocument(
  context: GraphQLContext,
  { aggregate }: AggregatePlan,
  { id, document, version }: Trial,
): Promise<StoredDocument | null> {
  const filter = permit(context, "read", aggregate.name) ?? {};
  if (document === undefined) return null;
  if (Object.keys(filter).length > 0) {
    if (!compileFilter(filter)(document)) return null;
    if (version !== undefined && (await loadDocument(context, aggregate, id)) === null) return null;
  }
  return imagined(document);
}

function isRejection(decision: Trial["decision"]): decision is Rejection {
  return "rejected" in decision;
}
