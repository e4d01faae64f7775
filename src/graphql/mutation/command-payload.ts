import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from "graphql";
import type { GraphQLContext } from "../context.ts";
import type { CommandPlan } from "../plan-mutations.ts";
import { readLatest } from "../query/read-documents.ts";
import { LongScalar } from "../types/scalars.ts";
import { commandEvents } from "./command-events.ts";
import type { MutationParts } from "./mutation-parts.ts";
import { type CommandStatus, statusType } from "./mutation-types.ts";
import { type OwnedResult, rejectionType, versionText } from "./owned-payload.ts";
import { triedDocument } from "./try-command.ts";

type Fields = GraphQLFieldConfigMap<OwnedResult, GraphQLContext>;

/** What the mutation of a command returns: what became of it, or what would. */
export function commandPayload(
  command: CommandPlan,
  parts: MutationParts,
): GraphQLObjectType<OwnedResult, GraphQLContext> {
  return new GraphQLObjectType<OwnedResult, GraphQLContext>({
    name: command.payloadName,
    description: `What became of a command by \`${command.mutation}\`, or with \`dryRun\` what would.`,
    fields: () => ({
      ...identifyingFields(),
      status: {
        type: new GraphQLNonNull(statusType),
        description: "How far it has come; of a dry run `DECIDED` or `REJECTED`.",
        resolve: (result): CommandStatus => statusOf(result),
      },
      rejection: {
        type: rejectionType,
        description: "Why it was refused; null unless the status is `REJECTED`.",
        resolve: (result) => ("trial" in result ? result.rejection : result.outcome?.rejection) ?? null,
      },
      events: {
        type: new GraphQLList(new GraphQLNonNull(parts.events)),
        description:
          "What it was decided to append, in order, none where it was refused; null while that isn't known, and where you may see nothing of the key.",
        resolve: async (result, _args, context) => await commandEvents(context, parts.plan, result),
      },
      [command.documentField]: documentField(parts),
    }),
  });
}

function identifyingFields(): Fields {
  return {
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key that it was sent to.",
      resolve: (result) => ("trial" in result ? result.trial.id : result.accepted.id),
    },
    commandId: {
      type: GraphQLID,
      description: "The command's id: ask `command` how it ended. Null for a dry run without one.",
      resolve: (result) => ("trial" in result ? result.commandId : result.accepted.commandId),
    },
    receipt: {
      type: GraphQLString,
      description:
        "Where the events are, or the command as long as they aren't known. Pass it to `@consistentWith` to read what you wrote, on any replica. Null for a dry run.",
      resolve: (result) => ("trial" in result ? null : result.receipt),
    },
    version: {
      type: LongScalar,
      description:
        "The key's version behind it, for the next `ifVersion`, of a dry run the one that it was tried on; null where it isn't known, or not for you to know, or there is no document.",
      resolve: (result) => versionText("trial" in result ? result.version : result.outcome?.version),
    },
  };
}

function documentField({ plan, document }: MutationParts): GraphQLFieldConfig<OwnedResult, GraphQLContext> {
  return {
    type: document,
    description: `The ${plan.typeName} with its events applied: null unless the status is \`PROJECTED\`; of a dry run as they would leave it.`,
    resolve: async (result, _args, context) => {
      if ("trial" in result) return await triedDocument(context, plan, result.trial);
      const { status, accepted, outcome } = result;
      const id = outcome?.id ?? accepted.id;
      return status === "PROJECTED" && id !== undefined ? await readLatest(context, plan.aggregate, id) : null;
    },
  };
}

function statusOf(result: OwnedResult): CommandStatus {
  if ("status" in result) return result.status;
  return result.rejection === undefined ? "DECIDED" : "REJECTED";
}
