import { GraphQLBoolean, type GraphQLFieldConfig, GraphQLID, GraphQLNonNull } from "graphql";
import type { RuleCommand } from "../../command/commands.ts";
import type { ExpectedVersion } from "../../model/command.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitEvent } from "../permit.ts";
import type { CommandPlan } from "../plan-mutations.ts";
import type { ConvertFields } from "../types/convert-input.ts";
import { commandPayload } from "./command-payload.ts";
import { commandOf } from "./event-payload.ts";
import type { MutationParts } from "./mutation-parts.ts";
import { type WaitArguments, waitArguments } from "./mutation-types.ts";
import { type OwnedResult, givenCommandId, ownedArguments } from "./owned-payload.ts";
import { sendCommand } from "./send-command.ts";
import { tryCommand } from "./try-command.ts";
import { checkedTimeout } from "./wait-until.ts";

/** What is asked of the writer of an owned topic. */
export interface OwnedArguments extends WaitArguments {
  readonly commandId?: string | null;
  readonly ifVersion?: ExpectedVersion | null;
}

interface CommandArguments extends OwnedArguments {
  readonly id?: string | null;
  readonly input: unknown;
  readonly dryRun?: boolean | null;
}

/** The mutation of a command type. */
export function commandField(
  command: CommandPlan,
  parts: MutationParts,
): GraphQLFieldConfig<unknown, GraphQLContext, CommandArguments> {
  const { commandType } = command;
  const { aggregate, typeName } = parts.plan;
  const convert = parts.convert(commandType.record.fields);
  return {
    type: new GraphQLNonNull(commandPayload(command, parts)),
    description: commandType.record.doc ?? `Has the rules of ${typeName} decide on a command ${commandType.fullName}.`,
    args: {
      id: {
        type: GraphQLID,
        description: "The key to send it to; default: a new UUID, always the same one for a `commandId` that is given.",
      },
      input: { type: new GraphQLNonNull(parts.inputs.command(command)), description: "What the command says." },
      ...ownedArguments,
      dryRun: {
        type: GraphQLBoolean,
        defaultValue: false,
        description: "Whether only to tell what it would lead to, by what queries show now: nothing is appended.",
      },
      ...waitArguments(parts.limits, ""),
    },
    resolve: async (_root, args, context): Promise<OwnedResult> => {
      permitEvent(context, aggregate.name, commandType.name);
      checkedTimeout(args.timeoutMs, parts.limits);
      const request = requestOf(args, { aggregate, commandType }, convert, context);
      return args.dryRun === true ? await tryCommand(context, request) : await sendCommand(context, request, args);
    },
  };
}

function requestOf(
  { id, input, commandId, ifVersion }: CommandArguments,
  { aggregate, commandType }: Pick<RuleCommand, "aggregate" | "commandType">,
  convert: ConvertFields,
  { caller }: GraphQLContext,
): RuleCommand {
  return {
    kind: "command",
    aggregate,
    commandType,
    commandId: givenCommandId(commandId),
    id: id === null || id === undefined ? undefined : checkedKey(id),
    ifVersion: ifVersion ?? undefined,
    payload: commandOf(commandType, convert, input),
    traceparent: caller.headers["traceparent"],
  };
}
