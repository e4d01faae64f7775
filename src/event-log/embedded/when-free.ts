import { EventQLError, messageOf } from "../../errors.ts";
import { pause } from "../backoff.ts";
import { isBusy } from "./log-file.ts";

/** How long a file that others hold is waited for. */
export interface Patience {
  /** In ms. */
  readonly timeoutMs: number;
  /** The log is closed. */
  readonly signal: AbortSignal;
}

const PAUSE_MS = 10;

/**
 * Works on the data file, again and again while another connection holds it.
 * @throws EventQLError `EVENT_LOG_UNAVAILABLE` where it can't be done: the work itself has changed nothing then
 */
export async function whenFree<T>(work: () => T, { timeoutMs, signal }: Patience): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (signal.aborted) throw closed();
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw unavailable(error);
      await pause(PAUSE_MS, signal);
    }
  }
}

/** The error for a data file that can't be used now. */
export function unavailable(cause: unknown): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The data file can't be used now: ${messageOf(cause)}. Try again, or end the process that holds it.`,
    { cause },
  );
}

/** The error for calls after the log was closed. */
export function closed(): EventQLError {
  return new EventQLError("EVENT_LOG_UNAVAILABLE", "The event log is closed.");
}
