import type { EventFeed, EventItem, EventRequest } from "../feed/event-feed.ts";
import type { Feed } from "../feed/feed.ts";
import { ItemQueue } from "../feed/item-queue.ts";
import type { SaidEvent, StreamedEvent } from "./event-store.ts";
import { streamedTyped, toStreamed } from "./stored-event.ts";

/** Events that wait to be asked for, at most. */
const MAX_WAITING = 1_000;

/** What a subscription needs. */
export interface SubscriptionOptions {
  readonly feed: Pick<EventFeed, "subscribe">;
  /** Settles where it begins. */
  readonly request: () => Promise<EventRequest>;
  readonly signal: AbortSignal | undefined;
}

type Step<E extends SaidEvent> = IteratorResult<StreamedEvent<E>, undefined>;

/** Follows a topic from the first `next()` on. */
export class EventSubscription<E extends SaidEvent> implements AsyncIterableIterator<StreamedEvent<E>, undefined> {
  readonly #options: SubscriptionOptions;
  readonly #queue = new ItemQueue<EventItem>(MAX_WAITING, () => {});
  readonly #over = new AbortController();
  #feed: Promise<Feed> | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted === true) this.#close();
    else signal?.addEventListener("abort", () => this.#close(), { signal: this.#over.signal });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step<E>> {
    if (!this.#over.signal.aborted) await this.#begin();
    const item = await this.#queue.take();
    const [event] = item === undefined ? [] : streamedTyped<E>([toStreamed(item)]);
    return event === undefined ? { done: true, value: undefined } : { done: false, value: event };
  }

  return(): Promise<Step<E>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #begin(): Promise<void> {
    this.#feed ??= this.#open();
    try {
      await this.#feed;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async #open(): Promise<Feed> {
    const queue = this.#queue;
    const feed = await this.#options.feed.subscribe(await this.#options.request(), {
      next: (item) => queue.next(item),
      hasRoom: () => queue.hasRoom(),
      room: async () => await queue.room(),
      end: (error) => queue.end(error, false),
    });
    if (this.#over.signal.aborted) feed.close();
    return feed;
  }

  /** Nothing more is told, and who waits is told so. */
  #close(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#queue.close();
    this.#feed?.then(
      (feed) => feed.close(),
      () => {},
    );
  }
}
