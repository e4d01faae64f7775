import { CatchUpRound, type RoundOptions } from "./catch-up-round.ts";
import type { Subscriber } from "./subscriber.ts";

/** What the reading of history needs. */
export interface CatchUpOptions extends Omit<RoundOptions, "othersWait" | "onStalled"> {
  /** A subscriber had no room for too long. */
  readonly onTooSlow: (subscriber: Subscriber) => void;
}

/**
 * How many readers of history a topic may have: one that is far behind must not hold up those who were away for a
 * moment, and a thousand who come back together must not need a thousand readers.
 */
const MAX_ROUNDS = 3;

/** Brings subscribers from their cursors to the present: those who wait share a reader. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #waiting = new Set<Subscriber>();
  readonly #rounds = new Map<CatchUpRound, Promise<void>>();
  #closed = false;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Begins with a subscriber that has room, in a later turn. */
  add(subscriber: Subscriber): void {
    this.#waiting.add(subscriber);
    setImmediate(() => this.#next());
  }

  /** Goes on with a subscriber once it has room again. It has been without for so many ms. */
  async retry(subscriber: Subscriber, waitedMs: number): Promise<void> {
    subscriber.resume?.rewind(this.#options.positions());
    this.delete(subscriber);
    const hasRoom = await subscriber.roomWithin(Math.max(0, this.#options.stallMs - waitedMs));
    if (subscriber.isOver) return;
    if (hasRoom) this.add(subscriber);
    else this.#options.onTooSlow(subscriber);
  }

  /** A subscriber is over. */
  delete(subscriber: Subscriber): void {
    this.#waiting.delete(subscriber);
    for (const round of this.#rounds.keys()) round.delete(subscriber);
  }

  /** Ends when the last reader has stopped. All subscribers are over before. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#rounds.values());
  }

  #next(): void {
    if (this.#closed || this.#waiting.size === 0 || this.#rounds.size >= MAX_ROUNDS) return;
    const round: CatchUpRound = new CatchUpRound(
      {
        ...this.#options,
        othersWait: () => this.#waiting.size > 0 && this.#rounds.size >= MAX_ROUNDS,
        onStalled: (subscriber, waitedMs) => void this.retry(subscriber, waitedMs),
      },
      this.#waiting,
    );
    this.#waiting.clear();
    this.#rounds.set(round, this.#run(round));
  }

  async #run(round: CatchUpRound): Promise<void> {
    await round.run();
    this.#rounds.delete(round);
    this.#next();
  }
}
