import pRetry from "p-retry";
import { messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** A server that EventQL needs. */
export interface NeededServer {
  /** As a person calls it. */
  readonly name: string;
  ping(): Promise<void>;
}

/**
 * Waits until a server answers, for as long as that takes: 0.2 s between tries at first, 5 s at the most. Says once
 * that it waits, and again every minute or so.
 * @throws the signal's reason when it is aborted
 */
export async function untilReachable(server: NeededServer, signal: AbortSignal, logger: Logger): Promise<void> {
  let waited = false;
  await pRetry(async () => await server.ping(), {
    signal,
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 200,
    maxTimeout: 5_000,
    shouldRetry: () => !signal.aborted,
    onFailedAttempt({ error, attemptNumber }) {
      if (signal.aborted || (attemptNumber > 1 && attemptNumber % 12 !== 0)) return;
      waited = true;
      logger.warn(
        { server: server.name, attempt: attemptNumber, error: messageOf(error) },
        `waiting for ${server.name}`,
      );
    },
  });
  if (waited) logger.info({ server: server.name }, `${server.name} is there`);
}
