import QuickLRU from "quick-lru";
import { EventQLError } from "../errors.ts";
import type { Outcome } from "../model/command.ts";
import { decodeOutcome } from "./outcome-record.ts";

/** How many outcomes are held ready: those of the last second, where many are decided. */
const RECENT = 10_000;

/** Somebody who waits for an outcome. */
export interface OutcomeWait {
  /**
   * Resolves with the outcome when it is heard. `looked`: who looks for it, and tells what there is before that resolves.
   * @throws EventQLError `NOT_YET_DECIDED` after `timeoutMs`, but not before `looked`.
   */
  within(timeoutMs: number, looked: Promise<void>): Promise<Outcome>;
  /** Nobody waits any more. */
  end(): void;
}

interface Waiting {
  /** ms of the monotonic clock. */
  readonly since: number;
  readonly heard: PromiseWithResolvers<Outcome>;
}

/** The outcomes that were heard of late, by their identifiers, and who waits for others. */
export class OutcomeWaits {
  /** As they came: most of them nobody in this process ever asks for. */
  readonly #recent = new QuickLRU<string, Outcome | Uint8Array>({ maxSize: RECENT });
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #maxWaits: number;
  #count = 0;

  constructor(maxWaits: number) {
    this.#maxWaits = maxWaits;
  }

  /** An outcome has come, from wherever. Of two that have the same identifier the first one counts. */
  heard(id: string, said: Outcome | Uint8Array): void {
    if (!this.#recent.has(id)) this.#recent.set(id, said);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    const outcome = this.recent(id);
    if (outcome !== undefined) for (const { heard } of waiting) heard.resolve(outcome);
  }

  /** An outcome that was heard of late. */
  recent(id: string): Outcome | undefined {
    const said = this.#recent.get(id);
    if (!(said instanceof Uint8Array)) return said;
    const outcome = decodeOutcome({ value: said });
    if (outcome === undefined) this.#recent.delete(id);
    else this.#recent.set(id, outcome);
    return outcome;
  }

  /** Begins to wait. @throws EventQLError `LIMIT_EXCEEDED` where too many wait already. */
  wait(id: string): OutcomeWait {
    if (this.#count >= this.#maxWaits) {
      throw new EventQLError("LIMIT_EXCEEDED", "Too many requests wait for commands: ask later, or don't wait.");
    }
    this.#count += 1;
    const one: Waiting = { since: performance.now(), heard: Promise.withResolvers<Outcome>() };
    one.heard.promise.catch(() => {});
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(one));
    return {
      within: async (timeoutMs, looked) => await within(timeoutMs, looked, one.heard.promise),
      end: () => {
        if (!waiting.delete(one)) return;
        this.#count -= 1;
        if (waiting.size === 0) this.#waiting.delete(id);
      },
    };
  }

  /** What is waited for since `ms` or longer. */
  waitingFor(ms: number): readonly string[] {
    const latest = performance.now() - ms;
    return [...this.#waiting].flatMap(([id, waiting]) => ([...waiting].some((one) => one.since <= latest) ? [id] : []));
  }

  /** Ends all waits with `SHUTTING_DOWN`. */
  close(): void {
    const error = new EventQLError("SHUTTING_DOWN", "The server stops: ask another one how the command ended.");
    for (const waiting of this.#waiting.values()) for (const { heard } of waiting) heard.reject(error);
  }
}

async function within(timeoutMs: number, looked: Promise<void>, heard: Promise<Outcome>): Promise<Outcome> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    void looked.finally(() => {
      reject(notYetDecided(timeoutMs));
    });
  }, timeoutMs);
  try {
    return await Promise.race([heard, late]);
  } finally {
    clearTimeout(timer);
  }
}

function notYetDecided(timeoutMs: number): EventQLError {
  const remedy = "ask how it ended later, or send it again with the same commandId";
  return new EventQLError("NOT_YET_DECIDED", `The command was not decided within ${timeoutMs} ms: ${remedy}.`);
}
