import type { EventQLError } from "../../errors.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChangeFeed, ChangeItem, ChangeRequest } from "../change-feed.ts";
import type { Feed, FeedSink } from "../feed.ts";
import { type Cursor, formatCursor, parseCursor } from "./cursor.ts";
import { ambiguousStart, shuttingDown, tooManySubscribers } from "./errors.ts";
import { Groups } from "./groups.ts";
import { History } from "./history.ts";
import type { SharedWatch } from "./shared-watch.ts";
import { Slots } from "./slots.ts";
import { Subscriber } from "./subscriber.ts";
import { Upstream } from "./upstream.ts";

/** What a feed of changes is made of. */
export interface ChangeFeedOptions {
  readonly readModel: Pick<ReadModel, "watchChanges" | "readChanges" | "snapshot">;
  readonly logger: Logger;
  /** How many may follow at a time. Default 10,000. */
  readonly maxSubscribers?: number;
  /** How long the watch goes on after its last subscriber, in ms. Default 10,000. */
  readonly lingerMs?: number;
  /** How many may read history at a time; the others wait. Default 16. */
  readonly maxReadings?: number;
  /** How long a subscriber may be without room, in ms. Default 10,000. */
  readonly stallMs?: number;
  /** How long one without room may keep others from reading history, in ms: then it goes on in a later reading. Default 250. */
  readonly graceMs?: number;
  /** How long `subscribe` waits until it can read history, in ms. Default 30,000. */
  readonly startMs?: number;
  /** Live changes that are held for a subscriber that is behind; more are read again. Default 10,000. */
  readonly maxHeldBack?: number;
}

/** Makes a feed on a read model, which it watches only while there are subscribers. */
export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  return new SharedChangeFeed(options);
}

const DEFAULTS = {
  maxSubscribers: 10_000,
  lingerMs: 10_000,
  maxReadings: 16,
  stallMs: 10_000,
  graceMs: 250,
  startMs: 30_000,
  maxHeldBack: 10_000,
};

class SharedChangeFeed implements ChangeFeed {
  readonly #options: ChangeFeedOptions & typeof DEFAULTS;
  readonly #groups = new Groups();
  readonly #slots: Slots;
  readonly #history: History;
  readonly #upstream: Upstream;
  readonly #subscribers = new Set<Subscriber>();
  /** Everything that is under way. */
  readonly #work = new Set<Promise<unknown>>();
  #count = 0;
  #closing: Promise<void> | undefined;

  constructor(options: ChangeFeedOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#slots = new Slots(this.#options.maxReadings);
    this.#history = new History(options.readModel, this.#slots);
    this.#upstream = new Upstream({
      ...this.#options,
      tell: (change) => this.#groups.tell(change),
      onLost: (error) => this.#lost(error),
    });
  }

  async subscribe(request: ChangeRequest, sink: FeedSink<ChangeItem>): Promise<Feed> {
    const { collection, after, snapshot } = request;
    const { maxSubscribers } = this.#options;
    if (this.#closing !== undefined) throw shuttingDown();
    if (after !== undefined && snapshot) throw ambiguousStart();
    const cursor = after === undefined ? undefined : parseCursor(after, collection);
    if (this.#count >= maxSubscribers) throw tooManySubscribers(maxSubscribers);
    this.#count++;
    return await this.#track(this.#open(request, cursor, sink));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(request: ChangeRequest, cursor: Cursor | undefined, sink: FeedSink<ChangeItem>): Promise<Feed> {
    const subscriber = await this.#join(request, cursor, sink);
    await subscriber.open();
    void this.#track(subscriber.run());
    return { close: () => subscriber.close() };
  }

  async #join(request: ChangeRequest, cursor: Cursor | undefined, sink: FeedSink<ChangeItem>): Promise<Subscriber> {
    try {
      const watch = await this.#upstream.acquire();
      if (watch.lostBy !== undefined) throw watch.lostBy;
      if (this.#closing !== undefined) throw shuttingDown();
      return this.#add(watch, request, cursor, sink);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** In one go, so that the subscriber is told all that comes after where it begins. */
  #add(watch: SharedWatch, request: ChangeRequest, cursor: Cursor | undefined, sink: FeedSink<ChangeItem>): Subscriber {
    const { collection, snapshot } = request;
    const start = { collection, position: watch.told(), upTo: snapshot ? null : undefined };
    const subscriber = new Subscriber({
      ...this.#options,
      sink,
      from: cursor ?? start,
      hasHistory: snapshot || cursor !== undefined,
      read: (from, signal, startMs) =>
        this.#history.read(from, { request, tests, signal, startMs, told: () => watch.told() }),
      othersWait: () => this.#slots.areAwaited,
      settled: () => watch.settled(),
      onBehind: () => void this.#track(subscriber.goOn()),
      onEnd: () => {
        leave();
        this.#subscribers.delete(subscriber);
        this.#release();
      },
    });
    const { tests, leave } = this.#groups.join(request, subscriber);
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  #release(): void {
    this.#count--;
    this.#upstream.release();
  }

  #lost(error: EventQLError): void {
    const { logger } = this.#options;
    logger.warn({ code: error.code, subscribers: this.#subscribers.size }, "The watch of changes was lost.");
    for (const subscriber of this.#subscribers) subscriber.end(error);
  }

  async #close(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.end(shuttingDown(formatCursor(subscriber.cursor)));
    // A subscription that was just opened begins to run meanwhile.
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    await this.#upstream.stop();
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }
}
