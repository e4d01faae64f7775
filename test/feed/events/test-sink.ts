import type { EventQLError } from "../../../src/errors.ts";
import type { EventItem } from "../../../src/feed/event-feed.ts";
import type { FeedSink } from "../../../src/feed/feed.ts";

/** Keeps what it is told. A test says whether it has room. */
export class TestSink implements FeedSink<EventItem> {
  readonly items: EventItem[] = [];
  ended: EventQLError | undefined;
  /** What the feed should not have done. */
  readonly breaches: string[] = [];
  /** How many more items it has room for. */
  #room: number;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(room: number = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  next(item: EventItem): void {
    if (!this.hasRoom()) this.breaches.push("an item without room");
    if (this.ended !== undefined) this.breaches.push("an item after the end");
    this.#room -= 1;
    this.items.push(item);
  }

  hasRoom(): boolean {
    return this.#room > 0;
  }

  room(): Promise<void> {
    if (this.hasRoom()) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  end(error: EventQLError): void {
    if (this.ended !== undefined) this.breaches.push("a second end");
    this.ended = error;
  }

  /** Gives it room for so many items. */
  give(room: number = Number.POSITIVE_INFINITY): void {
    this.#room = room;
    if (room <= 0) return;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** The texts of its events; a tombstone is `-`. */
  texts(): string[] {
    return this.items.map(({ event }) => {
      const text = event?.payload["text"];
      return typeof text === "string" ? text : "-";
    });
  }
}
