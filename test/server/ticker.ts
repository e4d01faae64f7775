type Step = IteratorResult<number, undefined>;

const DONE: Step = { done: true, value: undefined };

/** A source of numbers for subscriptions, and what became of those who follow it. */
export class Ticker {
  readonly #followers = new Set<Follower>();
  /** How many were told that nobody wants more. */
  returned = 0;

  /** How many follow it now. */
  get following(): number {
    return this.#followers.size;
  }

  /** Sends a value to all who follow. */
  tick(value: number): void {
    for (const follower of this.#followers) follower.give(Promise.resolve({ done: false, value }));
  }

  /** Lets all streams fail. */
  fail(reason: Error): void {
    const { promise, reject } = Promise.withResolvers<Step>();
    for (const follower of this.#followers) follower.give(promise);
    reject(reason);
  }

  /** Lets all streams end by themselves. */
  close(): void {
    for (const follower of this.#followers) follower.give(Promise.resolve(DONE));
    this.#followers.clear();
  }

  follow(): AsyncIterableIterator<number, undefined> {
    const follower = new Follower(() => {
      this.returned += 1;
      this.#followers.delete(follower);
    });
    this.#followers.add(follower);
    return follower;
  }
}

class Follower implements AsyncIterableIterator<number, undefined> {
  readonly #onReturn: () => void;
  readonly #steps: Promise<Step>[] = [];
  readonly #waiting: PromiseWithResolvers<Step>[] = [];

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  give(step: Promise<Step>): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#steps.push(step);
    else waiting.resolve(step);
  }

  async next(): Promise<Step> {
    const step = this.#steps.shift();
    if (step !== undefined) return await step;
    const waiting = Promise.withResolvers<Step>();
    this.#waiting.push(waiting);
    return await waiting.promise;
  }

  return(): Promise<Step> {
    this.#onReturn();
    return Promise.resolve(DONE);
  }
}
