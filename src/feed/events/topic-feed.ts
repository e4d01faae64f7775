import type { EventCodec } from "../../catalog/codec.ts";
import { type ErrorCode, EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { EventItem, EventRequest } from "../event-feed.ts";
import type { Feed, FeedSink } from "../feed.ts";
import { CatchUp } from "./catch-up.ts";
import { readCursor, resumeAt, toCursor } from "./cursor.ts";
import { EventDecoder } from "./event-decoder.ts";
import { HoldBack } from "./hold-back.ts";
import { LiveReader } from "./live-reader.ts";
import { Resume } from "./resume.ts";
import { SharedCall } from "./shared-call.ts";
import { Subscriber } from "./subscriber.ts";
import { SubscriberIndex } from "./subscriber-index.ts";
import { nextTurn } from "./turns.ts";

/** What a topic's feed needs. Times in ms. */
export interface TopicFeedOptions {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly logger: Logger;
  readonly topic: string;
  readonly group: string;
  readonly lingerMs: number;
  readonly stallMs: number;
  readonly graceMs: number;
  readonly startMs: number;
  /** Live events that are held for a subscriber without room. */
  readonly maxHeldBack: number;
  /** Nobody has used it for `lingerMs`. */
  readonly onUnused: () => void;
}

/** Codes that say that there is no way on from where the subscriber stands. */
const LOST: ReadonlySet<ErrorCode> = new Set(["CURSOR_EXPIRED", "CURSOR_INVALID", "TOPIC_NOT_FOUND"]);

/** The subscribers of one topic, and what reads it for them. */
export class TopicFeed {
  readonly #options: TopicFeedOptions;
  readonly #subscribers = new SubscriberIndex();
  readonly #end = new AbortController();
  readonly #live: LiveReader;
  readonly #catchUp: CatchUp;
  readonly #ranges: SharedCall<Awaited<ReturnType<EventLog["offsets"]>>>;
  #users = 0;
  #unused: NodeJS.Timeout | undefined;

  constructor(options: TopicFeedOptions) {
    const { log, codec, logger, topic } = options;
    const { signal } = this.#end;
    const onFailure = (subscriber: Subscriber, error: unknown): void => this.#fail(subscriber, error);
    this.#options = options;
    this.#ranges = new SharedCall(() => log.offsets(topic));
    this.#live = new LiveReader({
      ...options,
      decoder: new EventDecoder({ codec, topic, logger, signal }),
      subscribers: this.#subscribers,
      signal,
      onFailure,
      onNoRoom: (subscriber, item) => this.#noRoom(subscriber, item),
      onGap: (error) => [...this.#subscribers].forEach((subscriber) => this.#fail(subscriber, error)),
    });
    this.#catchUp = new CatchUp({
      ...options,
      positions: () => this.#live.positions,
      onFailure,
      onTooSlow: (subscriber) => this.#tooSlow(subscriber),
    });
  }

  /** See `EventFeed.subscribe`. */
  async subscribe(request: EventRequest, sink: FeedSink<EventItem>): Promise<Feed> {
    this.#users += 1;
    clearTimeout(this.#unused);
    try {
      const from = await this.#placeOf(request);
      await this.#started(from?.length ?? 1);
      this.#end.signal.throwIfAborted();
      const heldBack = new HoldBack(this.#options.maxHeldBack);
      return this.#begin(new Subscriber(request, sink, from && new Resume(from), heldBack));
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Ends all subscribers with `SHUTTING_DOWN`, and the readers. */
  async close(): Promise<void> {
    clearTimeout(this.#unused);
    this.#end.abort(shuttingDown(this.#options.topic));
    // Not in the turn of an event that only some of them have had.
    await nextTurn();
    for (const subscriber of this.#subscribers) this.#fail(subscriber, shuttingDown(this.#options.topic));
    await Promise.all([this.#live.stop(), this.#catchUp.close()]);
  }

  async #placeOf({ after, topic }: EventRequest): Promise<number[] | undefined> {
    if (after === undefined) return undefined;
    const next = readCursor(after, topic);
    return resumeAt(next, topic, await this.#ranges.call());
  }

  async #started(partitions: number): Promise<void> {
    const { topic, startMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(notInTime(topic, startMs)), startMs);
    try {
      await Promise.race([this.#live.start(partitions), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(subscriber: Subscriber): Feed {
    const { resume } = subscriber;
    const { positions } = this.#live;
    this.#subscribers.add(subscriber);
    resume?.handOver(positions);
    if (resume?.isHandedOver(positions) === false) this.#catchUp.add(subscriber);
    return { close: () => this.#remove(subscriber) && subscriber.close() };
  }

  /** Many events at once fill any buffer: they wait for room, and where they are too many they are read again. */
  #noRoom(subscriber: Subscriber, item: EventItem): void {
    const { resume, heldBack } = subscriber;
    if (resume !== undefined) {
      void this.#catchUp.retry(subscriber, 0);
      return;
    }
    const isWaiting = !heldBack.isEmpty;
    if (!heldBack.add(item)) {
      subscriber.resume = new Resume(subscriber.place(this.#live.positions));
      heldBack.clear();
    }
    if (!isWaiting) void this.#handHeldBack(subscriber);
  }

  /** Hands over what is held back as there is room. Never rejects. */
  async #handHeldBack(subscriber: Subscriber): Promise<void> {
    while (await subscriber.roomWithin(this.#options.stallMs)) {
      if (subscriber.resume !== undefined) return this.#catchUp.add(subscriber);
      try {
        subscriber.heldBack.handTo(subscriber);
      } catch (error) {
        this.#fail(subscriber, error);
      }
      if (subscriber.heldBack.isEmpty) return;
    }
    this.#tooSlow(subscriber);
  }

  #tooSlow(subscriber: Subscriber): void {
    const { topic } = this.#options;
    const message = `The subscriber does not take the events of topic "${topic}" as fast as they come: resume with the cursor, or narrow the subscription.`;
    this.#fail(subscriber, new EventQLError("SUBSCRIBER_TOO_SLOW", message));
  }

  /** Ends a subscriber with its cursor: everything before that it has had, and nothing after. */
  #fail(subscriber: Subscriber, cause: unknown): void {
    const { topic, logger } = this.#options;
    if (!this.#remove(subscriber)) return;
    const error = isEventQLError(cause) ? cause : internal(topic, cause);
    if (error !== cause) logger.error({ topic, error: messageOf(cause) }, "A subscriber failed on an event.");
    const cursor = toCursor(topic, subscriber.place(this.#live.positions));
    const details = LOST.has(error.code) ? error.details : { ...error.details, cursor };
    subscriber.end(new EventQLError(error.code, error.message, { cause: error.cause, details }));
  }

  #remove(subscriber: Subscriber): boolean {
    if (!this.#subscribers.has(subscriber)) return false;
    this.#subscribers.delete(subscriber);
    this.#catchUp.delete(subscriber);
    this.#leave();
    return true;
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users === 0 && !this.#end.signal.aborted)
      this.#unused = setTimeout(this.#options.onUnused, this.#options.lingerMs);
  }
}

function shuttingDown(topic: string): EventQLError {
  return new EventQLError(
    "SHUTTING_DOWN",
    `The events of topic "${topic}" are not delivered here any more: the server stops. Resume with the cursor.`,
    { details: { topic } },
  );
}

function notInTime(topic: string, ms: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The events of topic "${topic}" could not be read within ${ms} ms: try again later.`,
    { details: { topic } },
  );
}

function internal(topic: string, cause: unknown): EventQLError {
  return new EventQLError("INTERNAL", `An event of topic "${topic}" could not be delivered.`, { cause });
}
