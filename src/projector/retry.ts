import { once } from "node:events";
import pRetry from "p-retry";
import { isEventQLError, messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/**
 * Repeats what fails, for as long as it takes, until it is aborted: a fault of the infrastructure, or of ourselves, is
 * never a reason to pass over an event. Waits 0.1 s at first, 5 s at the most.
 */
export async function retryUntilAborted<T>(signal: AbortSignal, logger: Logger, run: () => Promise<T>): Promise<T> {
  return await pRetry(run, {
    signal,
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    maxTimeout: 5_000,
    randomize: true,
    shouldRetry: () => !signal.aborted,
    onFailedAttempt({ error, attemptNumber }) {
      if (signal.aborted || (attemptNumber > 1 && attemptNumber % 10 !== 0)) return;
      const code = isEventQLError(error) ? error.code : undefined;
      const level = isEventQLError(error) && error.retriable ? "warn" : "error";
      logger[level]({ attempt: attemptNumber, code, error: messageOf(error) }, "projection is retried");
    },
  });
}

/** Waits for the abort. @throws its reason */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  await once(signal, "abort");
  throw signal.reason;
}
