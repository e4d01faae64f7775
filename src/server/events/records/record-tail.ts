import { setTimeout as delay } from "node:timers/promises";
import { EventQLError } from "../../../errors.ts";
import type {
  Consumer,
  ConsumerHandler,
  EventLog,
  OffsetRange,
  RangeRecords,
  RecordBatch,
} from "../../../event-log/event-log.ts";
import type { TopicPartition } from "../../../model/position.ts";
import { RecentRecords, bytesOf, cut } from "./recent-records.ts";

/** What is asked of a topic's tail. */
export interface TailRequest {
  readonly partition: number;
  readonly from: number;
  /** About how many bytes of records the answer may have. */
  readonly maxBytes: number;
  /** How long to wait where there is nothing, in ms. */
  readonly waitMs: number;
  /** Ends the waiting: the answer is then that there is nothing. */
  readonly signal: AbortSignal;
}

/** The newest records of each partition that are held, in bytes. */
const HELD_BYTES = 1024 * 1024;
/** How long the log may take to begin, in ms. */
const START_MS = 30_000;
/** How often the log is asked for records that it doesn't show yet: those of a transaction that is open. In ms. */
const RETRY_MS = 250;
/** What a record is taken for until some were seen, in bytes. */
const ASSUMED_BYTES = 4_096;

/** Follows a topic for all who wait for its records: one reader, whatever their number. What lies further back is read. */
export class RecordTail implements ConsumerHandler {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #partitions = new Map<number, RecentRecords>();
  readonly #assigned = Promise.withResolvers<void>();
  readonly #consumer: Promise<Consumer>;
  #expected = Number.POSITIVE_INFINITY;
  #averageBytes = ASSUMED_BYTES;

  constructor(log: EventLog, topic: string, group: string) {
    this.#log = log;
    this.#topic = topic;
    this.#consumer = this.#open(group);
    this.#consumer.catch(() => {});
  }

  /** Resolves when it follows all partitions. @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`. */
  async ready(): Promise<void> {
    await this.#consumer;
    const late = new AbortController();
    const tooLate = delay(START_MS, undefined, { signal: late.signal, ref: false }).then(() => {
      throw notInTime(this.#topic);
    });
    tooLate.catch(() => {});
    await Promise.race([this.#assigned.promise, tooLate]);
    late.abort();
  }

  /** Records from an offset on, as soon as there are some. @throws EventQLError as `EventLog.readRange`. */
  async poll({ partition, from, maxBytes, waitMs, signal }: TailRequest): Promise<RangeRecords> {
    const recent = this.#partitions.get(partition);
    if (recent === undefined) throw noPartition(this.#topic, partition);
    const deadline = performance.now() + waitMs;
    for (;;) {
      const isHeld = from >= recent.start;
      const found = isHeld ? recent.from(from, maxBytes) : await this.#read(partition, from, maxBytes);
      if (found.records.length > 0 || found.next > from) return found;
      const left = deadline - performance.now();
      if (left <= 0 || signal.aborted) return { records: [], next: from, complete: true };
      await recent.changed(isHeld ? left : Math.min(left, RETRY_MS), signal);
    }
  }

  async stop(): Promise<void> {
    await this.#consumer.then(
      async (consumer) => await consumer.stop(),
      () => {},
    );
  }

  async assigned({ partition }: TopicPartition, { low, high }: OffsetRange): Promise<number> {
    const known = this.#partitions.get(partition);
    const position = known === undefined || known.position < low || known.position > high ? high : known.position;
    if (known === undefined) this.#partitions.set(partition, new RecentRecords(HELD_BYTES, position));
    else if (known.position !== position) known.restart(position);
    if (this.#partitions.size >= this.#expected) this.#assigned.resolve();
    return position;
  }

  async records({ partition, records, next }: RecordBatch): Promise<number> {
    this.#partitions.get(partition)?.add(records, next);
    return next;
  }

  caughtUp({ partition }: TopicPartition, next: number): void {
    this.#partitions.get(partition)?.moveTo(next);
  }

  /** It goes on from its own position, whoever had the partition meanwhile. */
  async revoked(): Promise<void> {}

  async #open(group: string): Promise<Consumer> {
    const { length } = await this.#log.offsets(this.#topic);
    this.#expected = length;
    const options = { group, topics: [this.#topic], ephemeral: true, maxBatchBytes: HELD_BYTES };
    return await this.#log.consume(options, this);
  }

  async #read(partition: number, from: number, maxBytes: number): Promise<RangeRecords> {
    const limit = Math.min(10_000, Math.max(16, Math.ceil(maxBytes / this.#averageBytes)));
    const range = await this.#log.readRange({ topic: this.#topic, partition, from, limit });
    const bytes = range.records.reduce((sum, record) => sum + bytesOf(record), 0);
    if (range.records.length > 0) this.#averageBytes = Math.max(32, bytes / range.records.length);
    return cut(range, maxBytes);
  }
}

function notInTime(topic: string): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The records of topic "${topic}" could not be read within ${START_MS} ms: try again later.`,
    { details: { topic } },
  );
}

function noPartition(topic: string, partition: number): EventQLError {
  return new EventQLError("TOPIC_NOT_FOUND", `Topic "${topic}" has no partition ${partition}.`, {
    details: { topic, partition },
  });
}
