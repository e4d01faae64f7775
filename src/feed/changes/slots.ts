import { tooManyReadings } from "./errors.ts";

/** Lets so many in at a time; the others wait, the first who came first. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether somebody waits. */
  get areAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Resolves with what gives the slot back, which may be called once.
   * @param limitMs how long it may wait; undefined: until the signal
   * @throws the signal's reason; EventQLError `READ_MODEL_UNAVAILABLE` where it takes longer.
   */
  async take(signal: AbortSignal, limitMs?: number): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal, limitMs);
    return () => this.#give();
  }

  async #wait(signal: AbortSignal, limitMs: number | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (why: unknown): void => {
      if (this.#waiting.delete(resolve)) reject(why);
    };
    const onAbort = (): void => giveUp(signal.reason);
    const timer = limitMs === undefined ? undefined : setTimeout(() => giveUp(tooManyReadings(limitMs)), limitMs);
    this.#waiting.add(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
