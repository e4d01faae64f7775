import {
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from "graphql";
import type { CommandRejection } from "../../model/command.ts";
import { checkedCommandId } from "../command-id.ts";
import type { GraphQLContext } from "../context.ts";
import { ExpectedVersionScalar, LongScalar } from "../types/scalars.ts";
import { type CommandStatus, statusType } from "./mutation-types.ts";
import type { SentCommand } from "./send-command.ts";
import type { CommandTrial } from "./try-command.ts";

/** What a mutation of an owned topic has done: sent a command to the topic's writer, or only tried one. */
export type OwnedResult = SentCommand | CommandTrial;

/** Why a command was refused. */
export const rejectionType: GraphQLObjectType<CommandRejection, GraphQLContext> = new GraphQLObjectType<
  CommandRejection,
  GraphQLContext
>({
  name: "CommandRejection",
  description: "Why a command was refused: nothing of it is stored.",
  fields: {
    code: {
      type: new GraphQLNonNull(GraphQLString),
      description:
        "For programs: an error code (`VERSION_CONFLICT`, `RULE_FAILED`, …), or the reason that a rule gave.",
      resolve: ({ code }) => code,
    },
    message: {
      type: new GraphQLNonNull(GraphQLString),
      description: "For people.",
      resolve: ({ message }) => message,
    },
    currentVersion: {
      type: LongScalar,
      description:
        "Of `VERSION_CONFLICT`: the key's version; null where there is no document of it, or you may see nothing of it.",
      resolve: ({ currentVersion }) => versionText(currentVersion),
    },
  },
});

/** The argument with a command's own id. */
export const commandIdArgument: { readonly type: typeof GraphQLID; readonly description: string } = {
  type: GraphQLID,
  description:
    "An id of the client's own, a text of at most 200 bytes: whatever is sent again with the same id within 7 days does " +
    "nothing, and gets what came of the first, as far as it is yours to know. Default: a new UUID.",
};

/** The argument with what the key's version must be. */
export const ifVersionArgument: { readonly type: typeof ExpectedVersionScalar; readonly description: string } = {
  type: ExpectedVersionScalar,
  description: "What the key's version must be, else the command is rejected with `VERSION_CONFLICT`. Default: any.",
};

/** The arguments of what is sent to the writer of an owned topic. */
export const ownedArguments: GraphQLFieldConfigArgumentMap = {
  commandId: commandIdArgument,
  ifVersion: ifVersionArgument,
};

/** The command's id that was given. @throws EventQLError `BAD_USER_INPUT` where it can't be one. */
export function givenCommandId(commandId: string | null | undefined): string | undefined {
  return commandId === null || commandId === undefined ? undefined : checkedCommandId(commandId);
}

/** A version as GraphQL shows it. */
export function versionText(version: number | null | undefined): string | null {
  return version === null || version === undefined ? null : String(version);
}

/** What every payload of an owned topic tells of how a command ended, or how far it has come. */
export function outcomeFields(): GraphQLFieldConfigMap<SentCommand, GraphQLContext> {
  return {
    commandId: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The command's id: ask `command` how it ended.",
      resolve: ({ accepted }) => accepted.commandId,
    },
    receipt: {
      type: new GraphQLNonNull(GraphQLString),
      description:
        "Where the events are, or the command as long as they aren't known. Pass it to `@consistentWith` to read what you wrote, on any replica.",
      resolve: ({ receipt }) => receipt,
    },
    status: {
      type: new GraphQLNonNull(statusType),
      description: "How far the command has come.",
      resolve: ({ status }): CommandStatus => status,
    },
    rejection: {
      type: rejectionType,
      description: "Why it was refused; null unless the status is `REJECTED`.",
      resolve: ({ outcome }) => outcome?.rejection ?? null,
    },
  };
}

/** What payloads of an owned topic tell where a command is sent to one key. */
export function keyedOutcomeFields(): GraphQLFieldConfigMap<SentCommand, GraphQLContext> {
  return {
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key that it was sent to.",
      resolve: ({ accepted }) => accepted.id,
    },
    ...outcomeFields(),
    version: {
      type: LongScalar,
      description:
        "The key's version behind it, for the next `ifVersion`; null where it isn't known, or there is no document.",
      resolve: ({ outcome }) => versionText(outcome?.version),
    },
  };
}
