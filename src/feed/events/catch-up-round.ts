import type { EventCodec } from "../../catalog/codec.ts";
import type { ConsumerHandler, EventLog, OffsetRange, RecordBatch } from "../../event-log/event-log.ts";
import type { LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { expired } from "./cursor.ts";
import { EventDecoder, type KeyedEvent } from "./event-decoder.ts";
import { keepOpening, untilAborted } from "./open-consumer.ts";
import type { Subscriber } from "./subscriber.ts";
import { SubscriberIndex } from "./subscriber-index.ts";
import { nextTurn, turnsOf } from "./turns.ts";

/** What a round needs. */
export interface RoundOptions {
  readonly log: EventLog;
  readonly topic: string;
  readonly group: string;
  readonly codec: EventCodec;
  readonly logger: Logger;
  /** The live reader's next offset of each partition. */
  readonly positions: () => readonly number[];
  /** How long a subscriber may be without room before it is given up, in ms. */
  readonly stallMs: number;
  /** How long a subscriber without room may hold up others, in all, in ms: then it goes on in a later round. */
  readonly graceMs: number;
  /** Whether others wait until a round ends. */
  readonly othersWait: () => boolean;
  /** A subscriber has had no room for so many ms: it is to leave the round. */
  readonly onStalled: (subscriber: Subscriber, waitedMs: number) => void;
  /** A subscriber can't go on: it has left the round. */
  readonly onFailure: (subscriber: Subscriber, error: unknown) => void;
}

/** The largest batch, in bytes: what a slow subscriber keeps in memory. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** Reads a topic's history once for some subscribers, until each of them has caught up with the live reader or left. */
export class CatchUpRound implements ConsumerHandler {
  readonly #options: RoundOptions;
  readonly #members = new SubscriberIndex();
  readonly #over = new AbortController();
  readonly #decoder: EventDecoder;
  /** How long each was waited for, in ms. */
  readonly #heldUpMs = new Map<Subscriber, number>();

  constructor(options: RoundOptions, members: Iterable<Subscriber>) {
    const { codec, topic, logger } = options;
    this.#options = options;
    this.#decoder = new EventDecoder({ codec, topic, logger, signal: this.#over.signal });
    for (const member of members) this.#members.add(member);
  }

  /** Resolves when nobody is left in it, and it has stopped reading. Never rejects. */
  async run(): Promise<void> {
    const { log, topic, group, logger } = this.#options;
    const { signal } = this.#over;
    for (const [partition] of this.#options.positions().entries()) this.#pass(partition, 0);
    try {
      const options = { log, topic, group, maxBatchBytes: MAX_BATCH_BYTES, handler: this, signal };
      const consumer = await keepOpening(options, logger);
      await untilAborted(signal).catch(() => {});
      await consumer.stop();
    } catch (error) {
      for (const member of this.#members) this.#fail(member, error);
    }
  }

  /** A subscriber has left. */
  delete(subscriber: Subscriber): void {
    this.#members.delete(subscriber);
    if (this.#members.size === 0) this.#over.abort();
  }

  async assigned({ topic, partition }: TopicPartition, { low, high }: OffsetRange): Promise<number> {
    let from = high;
    for (const member of this.#readersOf(partition)) {
      const next = member.resume?.next(partition) ?? high;
      if (next < low) this.#fail(member, expired(topic, partition));
      else from = Math.min(from, next);
    }
    return from;
  }

  async records({ partition, records, next }: RecordBatch): Promise<number> {
    for (const some of turnsOf(records)) {
      await nextTurn();
      if (!this.#isNeeded(partition)) break;
      await this.#tellAll(some);
      this.#pass(partition, (some.at(-1)?.offset ?? -1) + 1);
    }
    this.#pass(partition, next);
    // An open call is back-pressure: the rest of the partition isn't fetched for nobody.
    if (!this.#isNeeded(partition)) await untilAborted(this.#over.signal).catch(() => {});
    return next;
  }

  caughtUp({ partition }: TopicPartition, next: number): void {
    this.#pass(partition, next);
  }

  /** It goes on from where its members stand, whoever had the partition meanwhile. */
  async revoked(): Promise<void> {}

  /** The members that read a partition's history. What the live reader doesn't know yet, it will read from its start. */
  *#readersOf(partition: number): Generator<Subscriber, undefined> {
    if (partition >= this.#options.positions().length) return;
    for (const member of this.#members) if (member.resume?.isLive(partition) === false) yield member;
  }

  #isNeeded(partition: number): boolean {
    return this.#readersOf(partition).next().done !== true;
  }

  async #tellAll(records: readonly LogRecord[]): Promise<void> {
    const wants = (id: string): boolean => this.#members.wants(id);
    try {
      const events = await this.#decoder.decode(records, wants, (decoded) => decoded);
      for (const event of events) await this.#tell(event);
    } catch (error) {
      // Where everybody has left, nobody waits for the registry any more.
      if (!this.#over.signal.aborted) throw error;
    }
  }

  async #tell(event: KeyedEvent): Promise<void> {
    const wanting: Subscriber[] = [];
    this.#members.visit(event.id, (member) => {
      if (member.wants(event)) wanting.push(member);
    });
    for (const member of wanting) {
      if (this.#awaits(member, event) && !member.hasRoom()) await this.#waitForRoom(member);
      // While it was waited for, it may have left, or have had the event from the live reader.
      if (this.#awaits(member, event)) this.#hand(member, event);
    }
  }

  #awaits(member: Subscriber, { record }: KeyedEvent): boolean {
    const { resume } = member;
    return this.#members.has(member) && resume?.isLive(record.partition) === false && resume.isDue(record);
  }

  #hand(member: Subscriber, event: KeyedEvent): void {
    try {
      const item = member.resume?.take(event);
      if (item !== undefined) member.next(item);
    } catch (error) {
      this.#fail(member, error);
    }
  }

  async #waitForRoom(member: Subscriber): Promise<void> {
    const since = performance.now();
    let waitedMs = 0;
    // In short spells: others may come meanwhile, whom it must not hold up.
    for (let ms = this.#spell(member, 0); ms > 0; ms = this.#spell(member, waitedMs)) {
      if ((await member.roomWithin(ms)) || !this.#members.has(member)) {
        this.#heldUpMs.set(member, (this.#heldUpMs.get(member) ?? 0) + performance.now() - since);
        return;
      }
      waitedMs += ms;
    }
    this.#options.onStalled(member, waitedMs);
  }

  /** How long it may be waited for a member now, in ms, after it was waited for so long. */
  #spell(member: Subscriber, waitedMs: number): number {
    const { stallMs, graceMs, othersWait } = this.#options;
    const left = stallMs - waitedMs;
    if (this.#members.size === 1 && !othersWait()) return Math.min(left, graceMs);
    return Math.min(left, graceMs - waitedMs - (this.#heldUpMs.get(member) ?? 0));
  }

  /** The members have had everything of a partition before `next`. Those that stand where the live reader does go over. */
  #pass(partition: number, next: number): void {
    const positions = this.#options.positions();
    for (const member of this.#readersOf(partition)) member.resume?.pass(partition, next);
    for (const member of this.#members) {
      member.resume?.handOver(positions);
      // The live reader may have taken it over by itself.
      if (member.resume?.isHandedOver(positions) !== false) this.delete(member);
    }
  }

  #fail(member: Subscriber, error: unknown): void {
    this.delete(member);
    this.#options.onFailure(member, error);
  }
}
