import type { ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type ErrorCode, errorCodes } from "../errors.ts";

const known: ReadonlySet<unknown> = new Set(errorCodes);

/**
 * Gives every error of a response one of EventQL's codes: those of the engine itself (syntax, validation, variables,
 * transport) have codes of their own or none, and are the caller's mistakes.
 */
export function errorCodesPlugin(bodyBytes: number): Plugin {
  return {
    onResultProcess({ result }) {
      for (const one of Array.isArray(result) ? result : [result]) {
        for (const error of errorsIn(one)) settleCode(error, bodyBytes);
      }
    },
  };
}

/** The errors of a result; none of a stream. */
export function errorsIn(result: unknown): readonly GraphQLError[] {
  return hasErrors(result) ? result.errors : [];
}

function hasErrors(result: unknown): result is ExecutionResult & { errors: readonly GraphQLError[] } {
  return typeof result === "object" && result !== null && "errors" in result && Array.isArray(result.errors);
}

/** Gives an error one of EventQL's codes, where it has none of them. */
export function settleCode(error: GraphQLError, bodyBytes: number): void {
  const { code } = error.extensions;
  if (known.has(code)) return;
  const isTooLarge = code === "REQUEST_ENTITY_TOO_LARGE";
  if (isTooLarge) error.message = `The request's body is larger than ${bodyBytes} bytes: send less at a time.`;
  error.extensions["code"] = (isTooLarge ? "LIMIT_EXCEEDED" : "BAD_USER_INPUT") satisfies ErrorCode;
}
