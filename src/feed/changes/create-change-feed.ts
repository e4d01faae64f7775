import type { EventQLError } from "../../errors.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChangeFeed, ChangeItem, ChangeRequest, Whereabouts } from "../change-feed.ts";
import type { Feed, FeedSink } from "../feed.ts";
import { type Cursor, formatCursor, parseCursor } from "./cursor.ts";
import { ambiguousStart, columnsChanged, shuttingDown, tooManySubscribers } from "./errors.ts";
import { Following, lostColumn } from "./following.ts";
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

/** Where a subscriber of one collection begins, and for whom. */
interface Beginning {
  readonly from: Cursor;
  readonly hasHistory: boolean;
  readonly sink: FeedSink<ChangeItem>;
  readonly onEnd: () => void;
}

class SharedChangeFeed implements ChangeFeed {
  readonly #options: ChangeFeedOptions & typeof DEFAULTS;
  readonly #groups = new Groups();
  readonly #slots: Slots;
  readonly #history: History;
  readonly #upstream: Upstream;
  readonly #followings = new Map<Following, ChangeRequest>();
  /** Everything that is under way. */
  readonly #work = new Set<Promise<unknown>>();
  /** Where documents are, by aggregate; undefined: nothing has moved yet. */
  #whereabouts: ReadonlyMap<string, Whereabouts> | undefined;
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
    const { maxSubscribers } = this.#options;
    if (this.#closing !== undefined) throw shuttingDown();
    if (request.after !== undefined && request.snapshot) throw ambiguousStart();
    this.#beginningOf(request, "");
    if (this.#count >= maxSubscribers) throw tooManySubscribers(maxSubscribers);
    this.#count++;
    return await this.#track(this.#open(request, sink));
  }

  moved(whereabouts: ReadonlyMap<string, Whereabouts>): void {
    this.#whereabouts = whereabouts;
    for (const [following, { aggregate }] of this.#followings) {
      const place = whereabouts.get(aggregate);
      if (place !== undefined) following.moveTo(place);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(request: ChangeRequest, sink: FeedSink<ChangeItem>): Promise<Feed> {
    const following = await this.#join(request, sink);
    await following.open();
    return { close: () => following.close() };
  }

  async #join(request: ChangeRequest, sink: FeedSink<ChangeItem>): Promise<Following> {
    try {
      const watch = await this.#upstream.acquire();
      if (watch.lostBy !== undefined) throw watch.lostBy;
      if (this.#closing !== undefined) throw shuttingDown();
      return this.#follow(watch, request, sink);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** In one go, so that the subscriber is told all that comes after where it begins. */
  #follow(watch: SharedWatch, request: ChangeRequest, sink: FeedSink<ChangeItem>): Following {
    const { aggregate, columns } = request;
    const beginning = this.#beginningOf(request, watch.told());
    const following = new Following(
      {
        aggregate,
        columns,
        subscriberOf: (from, hasHistory, onEnd) => this.#add(watch, request, { from, hasHistory, sink, onEnd }),
        run: (subscriber) => void this.#track(subscriber.run()),
        told: () => watch.told(),
        onEnd: () => {
          this.#followings.delete(following);
          this.#release();
        },
      },
      beginning,
      request.snapshot || request.after !== undefined,
    );
    this.#followings.set(following, request);
    return following;
  }

  /** Where a request begins, now that everything up to `told` is told. @throws EventQLError `CURSOR_INVALID`. */
  #beginningOf({ aggregate, collection, columns, after, snapshot }: ChangeRequest, told: string): Cursor {
    const place = this.#whereabouts?.get(aggregate);
    const isElsewhere = place !== undefined && place.collection !== collection;
    const lost = isElsewhere ? lostColumn(columns, place.columns) : undefined;
    if (lost !== undefined) throw columnsChanged(aggregate, lost, after);
    const followed = { aggregate, collection: place?.collection ?? collection };
    return after === undefined
      ? { ...followed, position: told, upTo: snapshot ? null : undefined }
      : parseCursor(after, followed);
  }

  #add(watch: SharedWatch, request: ChangeRequest, { from, hasHistory, sink, onEnd }: Beginning): Subscriber {
    const { collection } = from;
    const subscriber = new Subscriber({
      ...this.#options,
      sink,
      from,
      hasHistory,
      read: (since, signal, startMs) =>
        this.#history.read(since, { request, tests, signal, startMs, told: () => watch.told() }),
      othersWait: () => this.#slots.areAwaited,
      settled: () => watch.settled(),
      onBehind: () => void this.#track(subscriber.goOn()),
      onEnd: () => {
        leave();
        onEnd();
      },
    });
    const { tests, leave } = this.#groups.join({ ...request, collection }, subscriber);
    return subscriber;
  }

  #release(): void {
    this.#count--;
    this.#upstream.release();
  }

  #lost(error: EventQLError): void {
    const { logger } = this.#options;
    logger.warn({ code: error.code, subscribers: this.#followings.size }, "The watch of changes was lost.");
    for (const { subscriber } of this.#followings.keys()) subscriber.end(error);
  }

  async #close(): Promise<void> {
    for (const { subscriber } of this.#followings.keys()) subscriber.end(shuttingDown(formatCursor(subscriber.cursor)));
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
