import type { EventCodec } from "../../catalog/codec.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { EventFeed, EventItem, EventPage, EventPageRequest, EventRequest } from "../event-feed.ts";
import type { Feed, FeedSink } from "../feed.ts";
import { readPage } from "./read-page.ts";
import { TopicFeed } from "./topic-feed.ts";

/** What an event feed needs. Times in ms. */
export interface EventFeedOptions {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly logger: Logger;
  /** What the names of its consumer groups begin with. Default `eventql-feed`. */
  readonly group?: string;
  /** How long a topic is read on after its last subscriber has gone: the next one need not wait then. Default 10,000. */
  readonly lingerMs?: number;
  /** How long a subscriber may be without room before it ends. Default 10,000. */
  readonly stallMs?: number;
  /** How long it may hold up others that read the same history. Default 250. */
  readonly graceMs?: number;
  /** Live events that are held for a subscriber without room; where there are more, it reads them again. Default 1,000. */
  readonly maxHeldBack?: number;
  /** How long `subscribe` waits for a topic's reader. Default 30,000. */
  readonly startMs?: number;
}

/**
 * Makes a feed of the log's events.
 *
 * Each topic with subscribers is read live once, whatever their number; an event is decoded once and handed to all. Who
 * comes with a cursor reads history first, together with others who wait, then goes over to the live reader.
 */
export function createEventFeed(options: EventFeedOptions): EventFeed {
  return new TopicFeeds(options);
}

class TopicFeeds implements EventFeed {
  readonly #options: EventFeedOptions;
  readonly #topics = new Map<string, TopicFeed>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  async subscribe(request: EventRequest, sink: FeedSink<EventItem>): Promise<Feed> {
    if (this.#closed) throw new EventQLError("SHUTTING_DOWN", "The server stops: connect to another one.");
    const feed = this.#topics.get(request.topic) ?? this.#create(request.topic);
    return await feed.subscribe(request, sink);
  }

  async page(request: EventPageRequest): Promise<EventPage> {
    return await readPage(this.#options, request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const topic of this.#topics.keys()) this.#end(topic);
    await Promise.all(this.#closing);
  }

  #create(topic: string): TopicFeed {
    const { log, codec, logger } = this.#options;
    const { group = "eventql-feed", lingerMs = 10_000, stallMs = 10_000 } = this.#options;
    const { graceMs = 250, startMs = 30_000, maxHeldBack = 1_000 } = this.#options;
    const onUnused = (): void => this.#end(topic);
    const limits = { lingerMs, stallMs, graceMs, startMs, maxHeldBack };
    const feed = new TopicFeed({ log, codec, logger, topic, group, ...limits, onUnused });
    this.#topics.set(topic, feed);
    return feed;
  }

  #end(topic: string): void {
    const feed = this.#topics.get(topic);
    if (feed === undefined) return;
    this.#topics.delete(topic);
    const closing = feed.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
