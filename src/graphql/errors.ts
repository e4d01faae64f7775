import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLErrorExtensions } from "graphql";
import { type ErrorCode, type EventQLError, isEventQLError, messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Makes of anything thrown what a client may see: the shape of Yoga's `maskedErrors.maskError`. */
export type MaskError = (error: unknown) => GraphQLError;

/**
 * Makes the function through which every error goes on its way out: an `EventQLError` keeps its message and gets its
 * code, GraphQL's own complaints about a request are `BAD_USER_INPUT`, and anything else is logged and becomes
 * `Unexpected error` with the id of the log line. So does `INTERNAL`, which may quote what a driver said; its details stay.
 */
export function createMaskError(logger: Logger): MaskError {
  return (error) => {
    const cause = causeOf(error);
    if (isEventQLError(cause) && cause.code !== "INTERNAL") return shown(error, cause.message, extensionsOf(cause));
    if (isGraphQLError(cause)) return shown(error, messageOf(error), { code: "BAD_USER_INPUT", ...cause.extensions });
    const errorId = randomUUID();
    const stack = cause instanceof Error ? cause.stack : undefined;
    const path = isGraphQLError(error) ? error.path : undefined;
    logger.error({ errorId, error: messageOf(cause), stack, path }, "unexpected error while answering GraphQL");
    const code: ErrorCode = "INTERNAL";
    const known = isEventQLError(cause) ? extensionsOf(cause) : { code, retriable: false };
    return shown(error, `Unexpected error (id ${errorId}).`, { ...known, errorId });
  };
}

function extensionsOf({ code, retriable, details }: EventQLError): GraphQLErrorExtensions {
  return { code, retriable, ...(Object.keys(details).length > 0 && { details }) };
}

/** What was thrown at first: GraphQL wraps it to add where in the request it happened. */
function causeOf(error: unknown): unknown {
  const inner = isGraphQLError(error) ? error.originalError : undefined;
  return inner === undefined ? error : causeOf(inner);
}

/** By name too: another copy of the library may have made it. */
function isGraphQLError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError || (error instanceof Error && error.name === "GraphQLError");
}

function shown(error: unknown, message: string, extensions: GraphQLErrorExtensions): GraphQLError {
  if (!isGraphQLError(error)) return new GraphQLError(message, { extensions });
  const { nodes, source, positions, path } = error;
  const http = error.extensions["http"];
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source,
    positions,
    path,
    extensions: { ...extensions, ...(http !== undefined && { http }) },
  });
}
