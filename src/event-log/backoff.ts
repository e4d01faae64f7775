import { setTimeout as delay } from "node:timers/promises";

/** How attempts that failed are repeated. */
export interface BackoffOptions {
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  /** The first pause, in ms; it doubles up to `maxMs`. */
  readonly firstMs?: number;
  readonly maxMs?: number;
  /** Told of each failure, and of the pause before the next attempt in ms. */
  onFailure(error: unknown, pauseMs: number): void;
}

/** Repeats until an attempt succeeds. Undefined where the signal ended it first; it never rejects. */
export async function retryUntilDone<T>(attempt: () => Promise<T>, options: BackoffOptions): Promise<T | undefined> {
  const { signal, firstMs = 50, maxMs = 5_000 } = options;
  for (let pauseMs = firstMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxMs)) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) return undefined;
      options.onFailure(error, pauseMs);
      await pause(pauseMs, signal);
    }
  }
  return undefined;
}

/** Waits, in ms, or until the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // The signal ended the pause: that is an answer, not a failure.
  }
}
