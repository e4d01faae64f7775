import type { EventQLError } from "../errors.ts";
import type { FeedSink } from "./feed.ts";

/** Takes the items of a subscription as they come. */
export interface Consumer<T> extends Omit<FeedSink<T>, "end"> {
  /**
   * Nothing more comes; what was taken is still to be passed on, unless it ends `atOnce`. Without an error that was all
   * there is.
   */
  end(error: EventQLError | undefined, atOnce: boolean): void;
}

/** Items that wait to be taken out. It takes more than there is room for: to heed `hasRoom` is the feed's part. */
export class ItemQueue<T> implements Consumer<T> {
  readonly #bound: number;
  readonly #onTaken: (item: T) => void;
  readonly #takers: PromiseWithResolvers<T | undefined>[] = [];
  #items: T[] = [];
  #roomMade: PromiseWithResolvers<void> | undefined;
  #isOver = false;
  #failure: EventQLError | undefined;

  /** `bound` is how many items may wait; `onTaken` is told each item that is taken out singly. */
  constructor(bound: number, onTaken: (item: T) => void) {
    this.#bound = bound;
    this.#onTaken = onTaken;
  }

  next(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#items.push(item);
      return;
    }
    this.#onTaken(item);
    taker.resolve(item);
  }

  hasRoom(): boolean {
    return this.#items.length < this.#bound;
  }

  async room(): Promise<void> {
    if (this.hasRoom()) return;
    this.#roomMade ??= Promise.withResolvers();
    await this.#roomMade.promise;
  }

  end(error: EventQLError | undefined, atOnce: boolean): void {
    if (atOnce) this.#items = [];
    this.#isOver = true;
    const taker = error === undefined ? undefined : this.#takers.shift();
    if (taker === undefined) this.#failure = error;
    else taker.reject(error);
    this.#release();
  }

  /** Ends it without an error; what waits is gone. */
  close(): void {
    this.#items = [];
    this.#isOver = true;
    this.#failure = undefined;
    this.#release();
  }

  /**
   * Takes the next item out as soon as there is one; undefined: nothing more comes.
   * @throws EventQLError that it ended with, once.
   */
  take(): Promise<T | undefined> {
    const item = this.#items.shift();
    if (this.hasRoom()) this.#tellRoom();
    if (item !== undefined) {
      this.#onTaken(item);
      return Promise.resolve(item);
    }
    const failure = this.takeFailure();
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#isOver) return Promise.resolve(undefined);
    const taker = Promise.withResolvers<T | undefined>();
    this.#takers.push(taker);
    return taker.promise;
  }

  /** Takes out everything that waits, at once. */
  takeAll(): readonly T[] {
    const items = this.#items;
    this.#items = [];
    this.#tellRoom();
    return items;
  }

  /** Takes out the error that it ended with. */
  takeFailure(): EventQLError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #release(): void {
    for (const taker of this.#takers.splice(0)) taker.resolve(undefined);
    this.#tellRoom();
  }

  #tellRoom(): void {
    this.#roomMade?.resolve();
    this.#roomMade = undefined;
  }
}
