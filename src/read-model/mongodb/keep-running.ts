import { setTimeout as delay } from "node:timers/promises";

/** ms between attempts: the first pause, which doubles up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** How something is kept running. */
export interface KeepRunningOptions {
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/**
 * Runs something that should go on without end again and again, with growing pauses, until the signal. What runs calls
 * `alive` when it works: the next pause is short again.
 */
export async function keepRunning(
  run: (alive: () => void) => Promise<void>,
  { signal, onError }: KeepRunningOptions,
): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  const alive = (): void => {
    pause = FIRST_PAUSE_MS;
  };
  while (!signal.aborted) {
    try {
      await run(alive);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    await delay(pause, undefined, { signal }).catch(() => {});
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}
