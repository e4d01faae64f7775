import {
  GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import type { Appended } from "../../command/appender.ts";
import type { GraphQLContext } from "../context.ts";
import type { GraphQLLimits } from "../services.ts";

/** How long a mutation waits. */
export type Wait = "NONE" | "APPENDED" | "DECIDED" | "PROJECTED";

/** How far a command has come. */
export type CommandStatus =
  "ACCEPTED" | "APPENDED" | "DECIDED" | "REJECTED" | "PROJECTED" | "PENDING" | "DEAD_LETTERED";

/** What a mutation returns. */
export interface CommandResult {
  readonly appended: Appended;
  readonly status: CommandStatus;
}

/** The arguments that every mutation has. */
export interface WaitArguments {
  readonly wait?: Wait | null;
  readonly timeoutMs?: number | null;
}

const waitType = new GraphQLEnumType({
  name: "Wait",
  description: "How long a mutation waits before it returns.",
  values: {
    NONE: { description: "Until the command is taken. Where events are appended directly, as `APPENDED`." },
    APPENDED: { description: "Until the event is stored durably." },
    DECIDED: { description: "Until the command is decided. Where events are appended directly, as `APPENDED`." },
    PROJECTED: { description: "Until queries show the event." },
  },
});

/** The type of how far a command has come. */
export const statusType: GraphQLEnumType = new GraphQLEnumType({
  name: "CommandStatus",
  description: "How far a mutation's event has come when the mutation returns.",
  values: {
    ACCEPTED: { description: "The command is taken; nothing is decided yet." },
    APPENDED: { description: "The event is stored durably; queries may not show it yet." },
    DECIDED: { description: "The command is decided and its events are stored durably." },
    REJECTED: { description: "The command was refused; nothing is stored." },
    PROJECTED: { description: "Queries show the event." },
    PENDING: {
      description:
        "The event is stored durably, but queries did not show it in time. Don't repeat the mutation: query with its receipt.",
    },
    DEAD_LETTERED: {
      description: "The event is stored, but could not be applied to its document: see the dead letters.",
    },
  },
});

/** The arguments of waiting; `waited` is what the time is for, where it isn't for the projection alone. */
export function waitArguments(
  { defaultWaitMs, maxWaitMs }: GraphQLLimits,
  waited = " for `PROJECTED`",
): GraphQLFieldConfigArgumentMap {
  return {
    wait: { type: waitType, defaultValue: "PROJECTED", description: "How long to wait before returning." },
    timeoutMs: {
      type: GraphQLInt,
      defaultValue: defaultWaitMs,
      description: `The longest wait${waited}, in ms; cut to ${maxWaitMs}. After it the status is \`PENDING\`.`,
    },
  };
}

/** The fields that every payload has. */
export function resultFields(): GraphQLFieldConfigMap<CommandResult, GraphQLContext> {
  return {
    id: shown(GraphQLID, "The key that the event was appended to.", ({ appended }) => appended.id),
    receipt: shown(
      GraphQLString,
      "Where the event is. Pass it to `@consistentWith` to read what you wrote, on any replica.",
      ({ appended }) => appended.receipt,
    ),
    status: shown(statusType, "How far the event has come.", ({ status }) => status),
  };
}

function shown(
  type: typeof GraphQLID | GraphQLEnumType,
  description: string,
  resolve: (result: CommandResult) => unknown,
): GraphQLFieldConfig<CommandResult, GraphQLContext> {
  return { type: new GraphQLNonNull(type), description, resolve };
}
