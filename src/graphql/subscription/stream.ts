import { EventQLError } from "../../errors.ts";
import type { Feed, FeedSink } from "../../feed/feed.ts";
import type { Gate } from "./gate.ts";
import { type Consumer, ItemQueue } from "../../feed/item-queue.ts";
import type { SeenScope } from "./scope.ts";

/** Items that wait for one who iterates, at most. */
const MAX_WAITING = 1_000;

/** What a feed delivers. Its cursor may cost something: it is asked for only where it is needed. */
export interface Item {
  /** Undefined: there is nothing to go on with. */
  readonly cursor: string | undefined;
}

/** Takes what a feed delivers that may come to its end by itself. */
export interface StreamSink<T> extends FeedSink<T> {
  /** Nothing more comes, for that was all. */
  complete(): void;
}

/** What a stream lives on. */
export interface StreamOptions<T> {
  /** What its subscriber may see. */
  readonly scope: SeenScope;
  /** Where to go on as long as nothing is delivered. */
  readonly after: string | undefined;
  readonly openFeed: (sink: StreamSink<T>) => Promise<Feed>;
  /** @throws EventQLError `TOKEN_EXPIRED`. */
  readonly openGate: (onExpired: (error: EventQLError) => void) => Gate;
  /** An item was passed on to the subscriber. */
  readonly onDelivered: () => void;
  /** Called once, when it is over, however it ends. */
  readonly onOver: () => void;
}

/**
 * The items of one subscription on their way from the feed to its subscriber, as long as the gate lets them through.
 * They wait for one who iterates, or go straight to a consumer.
 */
export class SubscriptionStream<T extends Item> implements StreamSink<T>, AsyncIterable<T> {
  readonly scope: SeenScope;
  readonly #options: StreamOptions<T>;
  readonly #gate: Gate;
  readonly #queue = new ItemQueue<T>(MAX_WAITING, (item) => this.delivered(item));
  #consumer: Consumer<T> = this.#queue;
  #feed: Feed | undefined;
  #last: T | undefined;
  #isOver = false;
  #isComplete = false;

  private constructor(options: StreamOptions<T>) {
    this.scope = options.scope;
    this.#options = options;
    this.#gate = options.openGate((error) => this.#cut(error));
  }

  /**
   * Opens the feed.
   * @throws EventQLError as the feed does, and `TOKEN_EXPIRED`.
   */
  static async open<T extends Item>(options: StreamOptions<T>): Promise<SubscriptionStream<T>> {
    const stream = new SubscriptionStream(options);
    try {
      const feed = await options.openFeed(stream);
      stream.#feed = feed;
      if (stream.#isOver) feed.close();
    } catch (error) {
      stream.close();
      throw error;
    }
    return stream;
  }

  /** Hands everything to a consumer from now on, what waits already first. It tells what it has {@link delivered}. */
  deliverTo(consumer: Consumer<T>): Feed {
    this.#consumer = consumer;
    for (const item of this.#queue.takeAll()) consumer.next(item);
    const failure = this.#queue.takeFailure();
    if (failure !== undefined || this.#isComplete) consumer.end(failure, false);
    return { close: () => this.close() };
  }

  /** An item was passed on to the subscriber. */
  delivered(item: T): void {
    this.#last = item;
    this.#options.onDelivered();
  }

  /** No generator: `return` of one waits for the item that was asked for before. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: async () => {
        const value = await this.#queue.take();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  next(item: T): void {
    if (this.#isOver) return;
    const refusal = this.#gate.refusal();
    if (refusal === undefined) this.#consumer.next(item);
    else this.#cut(refusal);
  }

  hasRoom(): boolean {
    return this.#consumer.hasRoom();
  }

  room(): Promise<void> {
    return this.#consumer.room();
  }

  end(error: EventQLError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#consumer.end(error, false);
  }

  complete(): void {
    if (this.#isOver) return;
    this.#isComplete = true;
    this.#finish();
    this.#consumer.end(undefined, false);
  }

  /** Ends it at the subscriber's wish: nothing more is told. May be repeated. */
  close(): void {
    this.#finish();
    this.#queue.close();
  }

  #cut(error: EventQLError): void {
    if (this.#isOver) return;
    this.#finish();
    const cursor = this.#last?.cursor ?? this.#options.after ?? this.#feed?.startCursor;
    const details = { ...error.details, ...(cursor !== undefined && { cursor }) };
    this.#consumer.end(new EventQLError(error.code, error.message, { cause: error, details }), true);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.close();
    this.#feed?.close();
    this.#options.onOver();
  }
}
