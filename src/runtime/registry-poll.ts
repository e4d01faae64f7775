import { setTimeout as delay } from "node:timers/promises";
import { isEventQLError, messageOf } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What to do, and how often. */
export interface RegistryPollOptions {
  /** Looks whether there is anything new. */
  refresh(): Promise<void>;
  /** The pause between two looks, in ms. */
  readonly pollMs: number;
  readonly logger: Logger;
}

/** A poll that goes on until it is stopped. */
export interface RegistryPoll {
  stop(): Promise<void>;
}

/** The longest pause while looking fails, in ms. */
const MAX_PAUSE_MS = 30_000;

/** A look that took long is followed by a pause of so many times that: a slow registry gets no more than a tenth. */
const REST = 9;

/**
 * Looks for new schemas again and again, never twice at a time. Pauses differ by a tenth, so that replicas don't ask at
 * the same moment; they grow while looking fails, which is said once, and once when it is over.
 */
export function pollRegistry(options: RegistryPollOptions): RegistryPoll {
  const stop = new AbortController();
  const running = poll(options, stop.signal);
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function poll(options: RegistryPollOptions, signal: AbortSignal): Promise<void> {
  const { pollMs, logger } = options;
  let failures = 0;
  let took = 0;
  while (await paused(Math.max(pauseAfter(failures, pollMs), REST * took), signal)) {
    const begun = performance.now();
    try {
      await options.refresh();
      if (failures > 0) logger.info({ failures }, "new schemas are looked for again");
      failures = 0;
      took = performance.now() - begun;
    } catch (error) {
      failures += 1;
      took = 0;
      if (failures > 1) continue;
      const code = isEventQLError(error) ? error.code : "INTERNAL";
      logger.warn({ code, error: messageOf(error) }, "new schemas can't be looked for: what is known goes on");
    }
  }
}

function pauseAfter(failures: number, pollMs: number): number {
  return Math.min(pollMs * 2 ** Math.min(failures, 16), Math.max(pollMs, MAX_PAUSE_MS));
}

/** False: it was stopped. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms * (0.9 + Math.random() / 5), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
