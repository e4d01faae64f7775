import type { EventCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Aggregate } from "../catalog/types.ts";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { partitionOf } from "../event-log/partition.ts";
import type { EventFeed, EventRequest } from "../feed/event-feed.ts";
import { toCursor } from "../feed/events/cursor.ts";
import { EventDecoder } from "../feed/events/event-decoder.ts";
import type { LogRecord } from "../model/event.ts";
import type { Payload } from "../model/value.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type TypedEvent, type Ways, appendEvent, appendTransaction } from "./append-event.ts";
import type {
  AppendOptions,
  AppendOutcome,
  EventStore,
  EventsPage,
  KeyEvents,
  NewStoreEvent,
  ReadAllOptions,
  ReadOptions,
  SaidEvent,
  StreamedEvent,
  SubscribeOptions,
  TransactionOutcome,
  TransactionStoreEvent,
} from "./event-store.ts";
import { EventSubscription } from "./event-subscription.ts";
import { aggregatesOf, findEventType } from "./find-event-type.ts";
import { streamedTyped, toStored, toStreamed, typed } from "./stored-event.ts";

/** What a store works with. */
export interface LogEventStoreOptions {
  readonly log: EventLog;
  readonly catalog: LiveCatalog;
  readonly codec: EventCodec;
  readonly ways: Ways;
  readonly feed: EventFeed;
  readonly logger: Logger;
  readonly onClose: (() => Promise<void>) | undefined;
}

const DEFAULT_LIMIT = 1_000;
/** How long the registry is waited for, in ms. */
const SCHEMA_MS = 15_000;
/** The place before the first record of each partition, whatever was removed. */
const START = "START";

/** Events by topic, on an event log. */
export class LogEventStore implements EventStore {
  readonly #options: LogEventStoreOptions;
  readonly #ended = new AbortController();

  constructor(options: LogEventStoreOptions) {
    this.#options = options;
  }

  async append<E extends SaidEvent>(
    topic: string,
    event: NewStoreEvent<E>,
    options: AppendOptions = {},
  ): Promise<AppendOutcome> {
    this.#assertOpen();
    const [aggregate, known] = await this.#refreshing(() => this.#typedEvent(topic, event));
    return await appendEvent(this.#options.ways, aggregate, known, options);
  }

  async appendTransaction<E extends SaidEvent>(
    topic: string,
    events: readonly TransactionStoreEvent<E>[],
    options: Omit<AppendOptions, "ifVersion"> = {},
  ): Promise<TransactionOutcome> {
    this.#assertOpen();
    const [aggregate, known] = await this.#refreshing(() => {
      const aggregates = aggregatesOf(this.#options.catalog.current(), topic);
      const typedEvents = events.map(({ type, payload, id, ifVersion }) => {
        const { eventType } = findEventType(aggregates, topic, type);
        return { eventType, payload: payloadOf(payload), id, ifVersion };
      });
      return [aggregates[0], typedEvents] as const;
    });
    return await appendTransaction(this.#options.ways, aggregate, known, options);
  }

  async read<E extends SaidEvent>(topic: string, options: ReadOptions): Promise<KeyEvents<E>> {
    this.#assertOpen();
    const { log } = this.#options;
    const { id, after = -1, limit = DEFAULT_LIMIT, maxScanned } = options;
    const ranges = await log.offsets(topic);
    const partition = partitionOf(Buffer.from(id), ranges.length);
    const { low, high } = ranges[partition] ?? { low: 0, high: 0 };
    const from = Math.max(after + 1, low);
    if (from >= high) return { events: [], more: false };
    const range = { topic, partition, key: id, from, until: high, limit: limit + 1 };
    const { records, complete } = await log.readKey({ ...range, ...(maxScanned !== undefined && { maxScanned }) });
    if (!complete && records.length <= limit) throw tooFar(topic);
    const read = await this.#decode(topic, records.slice(0, limit));
    return { events: typed<E>(read.map(toStored)), more: records.length > limit };
  }

  async readAll<E extends SaidEvent>(topic: string, options: ReadAllOptions = {}): Promise<EventsPage<E>> {
    this.#assertOpen();
    const { after, limit = DEFAULT_LIMIT } = options;
    const asked = { topic, eventTypes: undefined, tombstones: true, ids: undefined, limit };
    const { items, cursor, more } = await this.#options.feed.page({
      ...asked,
      after: after === START ? undefined : after,
    });
    return { events: streamedTyped<E>(items.map(toStreamed)), cursor, more };
  }

  subscribe<E extends SaidEvent>(
    topic: string,
    { after, ids, signal }: SubscribeOptions = {},
  ): AsyncIterableIterator<StreamedEvent<E>> {
    this.#assertOpen();
    return new EventSubscription<E>({
      feed: this.#options.feed,
      signal,
      request: async (): Promise<EventRequest> => ({
        topic,
        eventTypes: undefined,
        tombstones: true,
        ids: ids && new Set(ids),
        after: after === START ? await this.#start(topic) : after,
      }),
    });
  }

  async close(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#options.feed.close();
    await this.#options.ways.commands?.close();
    await this.#options.onClose?.();
  }

  #typedEvent(topic: string, event: NewStoreEvent): readonly [Aggregate, TypedEvent] {
    const aggregates = aggregatesOf(this.#options.catalog.current(), topic);
    if (event.type === null) return [aggregates[0], { eventType: undefined, id: event.id }];
    const { aggregate, eventType } = findEventType(aggregates, topic, event.type);
    return [aggregate, { eventType, id: event.id, payload: payloadOf(event.payload) }];
  }

  /** What the catalog doesn't have may have been registered meanwhile. */
  async #refreshing<T>(find: () => T): Promise<T> {
    try {
      return find();
    } catch (error) {
      if (!isEventQLError(error, "TOPIC_NOT_FOUND") && !isEventQLError(error, "EVENT_TYPE_UNKNOWN")) throw error;
      await this.#options.catalog.refresh();
      return find();
    }
  }

  async #decode(topic: string, records: readonly LogRecord[]): Promise<readonly Parameters<typeof toStored>[0][]> {
    const { codec, logger } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(SCHEMA_MS), this.#ended.signal]);
    const decoder = new EventDecoder({ codec, topic, logger, signal });
    try {
      return await decoder.decode(
        records,
        () => true,
        (events) => events,
      );
    } catch (error) {
      this.#assertOpen();
      throw signal.aborted ? noSchemas(topic, error) : error;
    }
  }

  async #start(topic: string): Promise<string> {
    const ranges = await this.#options.log.offsets(topic);
    return toCursor(
      topic,
      ranges.map(({ low }) => low),
    );
  }

  #assertOpen(): void {
    if (this.#ended.signal.aborted) throw new EventQLError("SHUTTING_DOWN", "The event store is closed.");
  }
}

/** The encoder says of each field whether it fits. @throws EventQLError `EVENT_INVALID` where it holds no fields. */
function payloadOf(payload: object): Payload {
  if (isPayload(payload)) return payload;
  throw new EventQLError("EVENT_INVALID", "The event's payload is no plain object: give its fields by their names.");
}

function isPayload(payload: object): payload is Payload {
  if (typeof payload !== "object" || payload === null) return false;
  const prototype: unknown = Object.getPrototypeOf(payload);
  return prototype === Object.prototype || prototype === null;
}

function tooFar(topic: string): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The events of one key lie among too many others on topic ${topic}: raise maxScanned, or read all of them with readAll.`,
    { details: { topic } },
  );
}

function noSchemas(topic: string, cause: unknown): EventQLError {
  return new EventQLError(
    "REGISTRY_UNAVAILABLE",
    `The schemas of the events of topic ${topic} could not be had within ${SCHEMA_MS} ms: try again later.`,
    { cause, details: { topic } },
  );
}
