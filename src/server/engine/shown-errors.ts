import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import type { ErrorCode } from "../../errors.ts";
import { settleCode } from "../error-codes.ts";
import type { Mask } from "./transport.ts";

/** What was thrown, as the errors of a result: one, or those that it gathers. */
export function maskAll(thrown: unknown, mask: Mask): GraphQLError[] {
  if (thrown instanceof AggregateError) return thrown.errors.flatMap((error) => maskAll(error, mask));
  const masked = mask(thrown, "Unexpected error.");
  return [masked instanceof GraphQLError ? masked : new GraphQLError(masked.message)];
}

/** A result as engines and protocols write its type. */
interface Result {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: Record<string, unknown> | undefined;
}

/** A result as clients get it: every error with a code, and nothing that is meant for the HTTP layer. */
export function shownResult({ errors, data, extensions }: Result, bodyBytes: number): FormattedExecutionResult {
  return {
    ...(errors !== undefined && { errors: shownErrors(errors, bodyBytes) }),
    ...(data !== undefined && { data }),
    ...(extensions !== undefined && { extensions }),
  };
}

/** The same of errors alone. */
export function shownErrors(errors: readonly GraphQLError[], bodyBytes: number): GraphQLFormattedError[] {
  return errors.map((error) => {
    settleCode(error, bodyBytes);
    const { extensions = {}, ...rest } = error.toJSON();
    const { http: _http, unexpected: _unexpected, ...shown } = extensions;
    return { ...rest, extensions: shown };
  });
}

/** An error of this layer. */
export function codedError(code: ErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
