import type { Consumer, ConsumerHandler, EventLog, OffsetRange, RecordBatch } from "../../event-log/event-log.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { expired, invalid } from "./cursor.ts";
import type { EventItem } from "../event-feed.ts";
import type { EventDecoder, KeyedEvent } from "./event-decoder.ts";
import { toEventItem } from "./event-item.ts";
import { keepOpening, openConsumer, untilAborted } from "./open-consumer.ts";
import type { Subscriber } from "./subscriber.ts";
import type { SubscriberIndex } from "./subscriber-index.ts";
import { nextTurn, turnsOf } from "./turns.ts";

/** What a live reader needs. */
export interface LiveReaderOptions {
  readonly log: EventLog;
  readonly topic: string;
  readonly group: string;
  readonly decoder: EventDecoder;
  readonly subscribers: SubscriberIndex;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** A subscriber has no room for an event that it stands before, or others wait that come first. */
  readonly onNoRoom: (subscriber: Subscriber, item: EventItem) => void;
  /** A subscriber's sink has thrown. */
  readonly onFailure: (subscriber: Subscriber, error: unknown) => void;
  /** Records were lost to all who follow live. */
  readonly onGap: (error: unknown) => void;
}

/** Not assigned yet. */
const UNKNOWN = -1;

/** Reads a topic from its end on, once for all subscribers. */
export class LiveReader implements ConsumerHandler {
  readonly #options: LiveReaderOptions;
  /** The next offset of each partition. */
  readonly #positions: number[] = [];
  #assigned: PromiseWithResolvers<void> = Promise.withResolvers();
  #consumer: Consumer | undefined;
  #opening: Promise<void> | undefined;
  /** Whether it was ready once: partitions found later are new, and read from their beginning. */
  #begun = false;

  constructor(options: LiveReaderOptions) {
    this.#options = options;
  }

  /** The next offset of each partition: everything before was told to the subscribers of that time. */
  get positions(): readonly number[] {
    return this.#positions;
  }

  /**
   * Resolves when it reads all partitions, as far as they are known to be `partitions`.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`
   */
  async start(partitions: number): Promise<void> {
    if (this.#begun && this.#opening === undefined && this.#positions.length >= partitions) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  /** Stops reading. The signal has been given before. */
  async stop(): Promise<void> {
    await this.#consumer?.stop();
  }

  async assigned({ topic, partition }: TopicPartition, range: OffsetRange): Promise<number> {
    while (this.#positions.length <= partition) this.#positions.push(this.#begun ? 0 : UNKNOWN);
    const known = this.#positions[partition] ?? UNKNOWN;
    const position = known === UNKNOWN ? range.high : Math.min(Math.max(known, range.low), range.high);
    this.#positions[partition] = position;
    if (known > position) this.#options.onGap(invalid(topic, `is beyond the end of partition ${partition}`));
    else if (known !== UNKNOWN && known < position) this.#options.onGap(expired(topic, partition));
    if (this.#begun) for (const { resume } of this.#options.subscribers) resume?.handOver(this.#positions);
    if (!this.#positions.includes(UNKNOWN)) this.#assigned.resolve();
    return position;
  }

  async records({ partition, records, next }: RecordBatch): Promise<number> {
    const { decoder, subscribers, signal } = this.#options;
    for (const some of turnsOf(records)) {
      await nextTurn();
      if (signal.aborted) return this.#positions[partition] ?? next;
      await decoder.decode(
        some,
        (id) => subscribers.wants(id),
        (events) => this.#tell(partition, events),
      );
      this.#moveTo(partition, (some.at(-1)?.offset ?? -1) + 1);
    }
    this.#moveTo(partition, next);
    return next;
  }

  caughtUp({ partition }: TopicPartition, next: number): void {
    this.#moveTo(partition, next);
  }

  /** It goes on from its own position, whoever had the partition meanwhile. */
  async revoked(): Promise<void> {}

  async #open(): Promise<void> {
    const { log, topic, group, signal, logger } = this.#options;
    const begunAt = performance.now();
    const { length } = await log.offsets(topic);
    const consume = { log, group, topic, handler: this, signal };
    this.#assigned = Promise.withResolvers();
    if (this.#begun) {
      // The topic has new partitions. Those who follow live depend on the new consumer.
      await this.#consumer?.stop();
      this.#consumer = await keepOpening(consume, logger).catch((error: unknown) => this.#breakOff(error));
    } else {
      this.#positions.splice(0, this.#positions.length, ...Array<number>(length).fill(UNKNOWN));
      this.#consumer = await openConsumer(consume);
    }
    await Promise.race([this.#assigned.promise, untilAborted(signal)]);
    this.#begun = true;
    logger.debug({ topic, ms: Math.round(performance.now() - begunAt) }, "The events of a topic are read live.");
  }

  /** Nothing is read any more: all who follow are told, and the next one begins anew. */
  #breakOff(error: unknown): never {
    this.#begun = false;
    this.#options.onGap(error);
    throw error;
  }

  #moveTo(partition: number, next: number): void {
    this.#positions[partition] = Math.max(this.#positions[partition] ?? 0, next);
  }

  #tell(partition: number, events: readonly KeyedEvent[]): void {
    const { subscribers } = this.#options;
    const before = [...this.#positions];
    for (const event of events) {
      const { offset } = event.record;
      // A batch that failed on the way is given again.
      if (offset < (this.#positions[partition] ?? 0)) continue;
      const item = toEventItem(event, before);
      subscribers.visit(event.id, (subscriber) => {
        if (subscriber.wants(event)) this.#offerSafely(subscriber, event, item);
      });
      this.#moveTo(partition, offset + 1);
    }
  }

  /** One subscriber's fault must not reach the others. */
  #offerSafely(subscriber: Subscriber, event: KeyedEvent, item: EventItem): void {
    try {
      this.#offer(subscriber, event, item);
    } catch (error) {
      this.#options.onFailure(subscriber, error);
    }
  }

  #offer(subscriber: Subscriber, event: KeyedEvent, item: EventItem): void {
    const { resume } = subscriber;
    if (resume !== undefined && !(resume.isLive(event.record.partition) && resume.isDue(event.record))) return;
    if (resume?.isOver(this.#positions) === true) subscriber.resume = undefined;
    if (!subscriber.heldBack.isEmpty || !subscriber.hasRoom()) this.#options.onNoRoom(subscriber, item);
    else subscriber.next(subscriber.resume?.take(event) ?? item);
  }
}
