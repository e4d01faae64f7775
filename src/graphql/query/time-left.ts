import { EventQLError, isEventQLError } from "../../errors.ts";
import type { GraphQLContext } from "../context.ts";

/** What a read may take, and what it means when that is over. */
interface TimeLeft {
  /** A whole number, at least 1. */
  readonly ms: number;
  /** The error to tell in place of the read's own: that the query's time is up, where it is. */
  errorOf(error: unknown): unknown;
}

/**
 * The time that a read of a request has: what is left to the request, or, where nothing bounds that, what each read has.
 * @throws EventQLError `LIMIT_EXCEEDED` when there is none left.
 */
export function timeLeft({ services, session: { deadline } }: GraphQLContext): TimeLeft {
  const { maxQueryMs } = services.limits;
  const ms = Math.min(maxQueryMs, deadline === undefined ? maxQueryMs : Math.ceil(deadline - performance.now()));
  if (ms < 1) throw timeIsUp(maxQueryMs);
  const end = performance.now() + ms;
  return {
    ms,
    errorOf: (error) =>
      isEventQLError(error, "READ_MODEL_UNAVAILABLE") && performance.now() >= end ? timeIsUp(maxQueryMs) : error,
  };
}

function timeIsUp(milliseconds: number): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The operation took longer than ${milliseconds} ms: ask for less, or try again later.`,
  );
}
