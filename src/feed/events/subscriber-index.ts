import type { Subscriber } from "./subscriber.ts";

/** Subscribers by the keys that they want: an event of one of many single keys costs one look-up. */
export class SubscriberIndex implements Iterable<Subscriber> {
  readonly #members = new Set<Subscriber>();
  readonly #ofAll = new Set<Subscriber>();
  readonly #byId = new Map<string, Set<Subscriber>>();

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<Subscriber> {
    return this.#members.values();
  }

  has(subscriber: Subscriber): boolean {
    return this.#members.has(subscriber);
  }

  add(subscriber: Subscriber): void {
    this.#members.add(subscriber);
    if (subscriber.ids === undefined) this.#ofAll.add(subscriber);
    else
      for (const id of subscriber.ids) {
        const followers = this.#byId.get(id) ?? new Set();
        this.#byId.set(id, followers.add(subscriber));
      }
  }

  delete(subscriber: Subscriber): void {
    if (!this.#members.delete(subscriber)) return;
    this.#ofAll.delete(subscriber);
    for (const id of subscriber.ids ?? []) {
      const followers = this.#byId.get(id);
      followers?.delete(subscriber);
      if (followers?.size === 0) this.#byId.delete(id);
    }
  }

  /** Whether anybody wants events of a key. */
  wants(id: string): boolean {
    return this.#ofAll.size > 0 || this.#byId.has(id);
  }

  /** Calls for each subscriber that wants events of a key; they may be removed meanwhile. */
  visit(id: string, call: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#ofAll) call(subscriber);
    const followers = this.#byId.get(id);
    if (followers !== undefined) for (const subscriber of followers) call(subscriber);
  }
}
