import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { EventQLError, messageOf } from "../errors.ts";
import type { Retry } from "../model/projection.ts";

/** What ends asking outside parties. */
export interface PartyEnds {
  /** Nothing new is begun any more. */
  readonly stopping: AbortSignal;
  /** What is under way is given up: the functions are told. */
  readonly ended: AbortSignal;
}

/** What to ask. */
export interface Question<T> {
  readonly run: (signal: AbortSignal) => Promise<T> | T;
  readonly retry: Retry;
  readonly ends: PartyEnds;
  /** Of the function, as its author knows it. */
  readonly what: string;
}

/**
 * Asks until there is an answer, as often as may be.
 * @throws EventQLError `CALL_FAILED` where it failed too often, and the reason of `ends` where that came first.
 */
export async function askParty<T>({ run, retry, ends, what }: Question<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    ends.stopping.throwIfAborted();
    try {
      return await unlessEnded(run, ends.ended);
    } catch (error) {
      ends.ended.throwIfAborted();
      if (attempt >= retry.retries) throw tooOften(what, attempt + 1, error);
    }
    await pauseBefore(attempt, retry, ends.stopping);
  }
}

/** A pause in ms, which doubles from attempt to attempt. */
export function pauseOf(
  attempt: number,
  { minDelayMs, maxDelayMs, jitter }: Omit<Retry, "retries">,
  random: number = Math.random(),
): number {
  const most = Math.min(maxDelayMs, minDelayMs * 2 ** attempt);
  return jitter ? random * most : most;
}

async function pauseBefore(attempt: number, retry: Retry, stopping: AbortSignal): Promise<void> {
  try {
    await delay(pauseOf(attempt, retry), undefined, { signal: stopping });
  } catch {
    stopping.throwIfAborted();
  }
}

/** A function that doesn't heed the signal isn't waited for any longer. */
async function unlessEnded<T>(run: Question<T>["run"], ended: AbortSignal): Promise<T> {
  const over = new AbortController();
  const ending = once(ended, "abort", { signal: over.signal }).then(
    () => Promise.reject(new Error("It was given up.")),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([(async () => await run(ended))(), ending]);
  } finally {
    over.abort();
  }
}

function tooOften(what: string, attempts: number, cause: unknown): EventQLError {
  const times = attempts === 1 ? "once" : `${attempts} times`;
  const why = messageOf(cause).replace(/\.$/, "");
  return new EventQLError("CALL_FAILED", `${what} failed ${times}, the last time so: ${why}.`, { cause });
}
