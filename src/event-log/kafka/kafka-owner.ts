import { setTimeout as delay } from "node:timers/promises";
import type { Producer, RecordMetadata, Transaction } from "kafkajs";
import pRetry from "p-retry";
import { EventQLError, isEventQLError } from "../../errors.ts";
import { partitionId, type Position } from "../../model/position.ts";
import type { OwnerCommit, OwnerCommitResult, PartitionOwner, PlacedRecord, TakeOverOptions } from "../event-log.ts";
import { ended, fenced, noPartition } from "../owner-failures.ts";
import { disconnect } from "./client.ts";
import { type CommitRound, type Landed, landedWell, planCommit, toTopicMessages } from "./commit-plan.ts";
import { isFenced, protocolErrorOf } from "./failures.ts";
import type { TopicCache } from "./topic-cache.ts";

/** What an owner needs. */
export interface KafkaOwnerOptions {
  readonly of: TakeOverOptions;
  /** Connected, transactional, and the last one of its transactional id. */
  readonly producer: Producer;
  readonly next: number | undefined;
  /** How long the broker may take to replicate a batch, in ms. */
  readonly replicationTimeoutMs: number;
  readonly topics: TopicCache;
  /** Resolves when what was aborted does not hold the ends of these partitions back any more. */
  readonly settled: (landed: Landed) => Promise<void>;
  /** Called when it can't commit any more. */
  readonly onEnded: (owner: KafkaOwner) => void;
  /** How often, in ms, a position that nobody moves is stored again. Default: an hour. */
  readonly keepMs?: number;
}

/**
 * ms between two transactions. The broker answers a commit before it is complete, and refuses the next transaction until
 * then: trying that takes longer than this pause (of transactions without it, two of three were refused; with it, none).
 */
const PAUSE_MS = 2;

/**
 * How often, in ms, an owner stores its position where nothing else does: Kafka forgets the offset of a group that stores
 * none for `offsets.retention.minutes`, 7 days by default.
 */
const KEEP_MS = 3_600_000;

/** kafkajs repeats other requests by itself; this one it does not. */
const OFFSETS_RETRY = { retries: 40, minTimeout: 5, factor: 1.5, maxTimeout: 200 };

/** An owner by its transactional id: a commit is one Kafka transaction of the records and the group's offset. */
export class KafkaOwner implements PartitionOwner {
  readonly next: number | undefined;
  readonly #options: KafkaOwnerOptions;
  /** When the broker takes the next transaction, by `performance.now()`. */
  #freeAt = 0;
  #underWay: Promise<unknown> = Promise.resolve();
  /** The position that was stored last, and whether that was since the last look. */
  #stored: { readonly next: number; isNew: boolean } | undefined;
  #keeping: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;
  /** Why it can't commit any more. */
  #end: EventQLError | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: KafkaOwnerOptions) {
    this.next = options.next;
    this.#options = options;
    this.#stored = options.next === undefined ? undefined : { next: options.next, isNew: false };
    this.#timer = setInterval(() => this.#keep(), options.keepMs ?? KEEP_MS).unref();
  }

  async commit(commit: OwnerCommit): Promise<OwnerCommitResult> {
    if (this.#keeping !== undefined) await this.#keeping;
    if (this.#end !== undefined) throw this.#end;
    const result = this.#commit(commit);
    this.#underWay = result;
    return await result;
  }

  async release(): Promise<void> {
    if (this.#keeping !== undefined) await this.#keeping;
    await Promise.allSettled([this.#underWay]);
    await this.#finish(ended(this.#options.of, "it was given up"));
  }

  /** Stores the position again, unless a commit has since the last time. */
  #keep(): void {
    const stored = this.#stored;
    if (stored === undefined || this.#keeping !== undefined || this.#end !== undefined) return;
    if (stored.isNew) stored.isNew = false;
    else this.#keeping = this.#keepAfter(this.#underWay, stored);
  }

  /** Never rejects: whether it still is the owner, its next commit says. */
  async #keepAfter(before: Promise<unknown>, stored: { readonly next: number }): Promise<void> {
    await Promise.allSettled([before]);
    // A commit that was under way has stored another one.
    if (this.#stored === stored && this.#end === undefined)
      await Promise.allSettled([this.#commit({ records: [], next: stored.next })]);
    this.#keeping = undefined;
  }

  async #commit({ records, next }: OwnerCommit): Promise<OwnerCommitResult> {
    try {
      const rounds = await this.#plan(records);
      await untilTime(this.#freeAt);
      const transaction = await this.#options.producer.transaction();
      if (!(await this.#send(transaction, rounds))) return "moved";
      await this.#sendOffset(transaction, next);
      await this.#complete(transaction);
      this.#freeAt = performance.now() + PAUSE_MS;
      this.#stored = { next, isNew: true };
      return "committed";
    } catch (error) {
      if (isEventQLError(error, "EVENT_TOO_LARGE")) throw error;
      const { of, topics } = this.#options;
      // What a topic takes may have changed: the next owner parts its records by what it takes now.
      for (const { topic } of records) topics.forget(topic);
      const end = isFenced(error) ? fenced(of, error) : ended(of, error);
      void this.#finish(end);
      throw end;
    }
  }

  async #plan(records: readonly PlacedRecord[]): Promise<CommitRound[]> {
    const names = [...new Set(records.map(({ topic }) => topic))];
    const topics = new Map(
      await Promise.all(names.map(async (name) => [name, await this.#options.topics.get(name)] as const)),
    );
    for (const record of records) {
      const partitions = topics.get(record.topic)?.partitions ?? 0;
      // kafkajs leaves the records of partitions that it does not know out, and says nothing.
      if (record.partition >= partitions) throw noPartition(record, partitions);
    }
    return planCommit(records, (topic) => topics.get(topic)?.maxMessageBytes ?? 0);
  }

  /** Sends the rounds. False where a record did not land where it must: the transaction is aborted then. */
  async #send(transaction: Transaction, rounds: readonly CommitRound[]): Promise<boolean> {
    const ends = new Map<string, Position>();
    for (const round of rounds) {
      const landed = await this.#sendRound(transaction, round);
      for (const [id, position] of landed) ends.set(id, position);
      if (landedWell(round, landed)) continue;
      await transaction.abort();
      await this.#options.settled(ends);
      return false;
    }
    return true;
  }

  async #sendRound(transaction: Transaction, round: CommitRound): Promise<Landed> {
    const answers = await transaction.sendBatch({
      acks: -1,
      timeout: this.#options.replicationTimeoutMs,
      topicMessages: toTopicMessages(round),
    });
    return landings(round, answers);
  }

  async #sendOffset(transaction: Transaction, next: number): Promise<void> {
    const { name, input } = this.#options.of;
    const topics = [{ topic: input.topic, partitions: [{ partition: input.partition, offset: String(next) }] }];
    await pRetry(async () => await transaction.sendOffsets({ consumerGroupId: name, topics }), {
      ...OFFSETS_RETRY,
      // The last transaction is still being completed: known where nothing was sent in this one before.
      shouldRetry: ({ error }) => protocolErrorOf(error) === "CONCURRENT_TRANSACTIONS",
    });
  }

  async #complete(transaction: Transaction): Promise<void> {
    try {
      await transaction.commit();
    } catch (error) {
      // Nobody works on a transaction at the same time as its owner but who takes over, and that one aborts it.
      throw protocolErrorOf(error) === "CONCURRENT_TRANSACTIONS" ? fenced(this.#options.of, error) : error;
    }
  }

  #finish(end: EventQLError): Promise<void> {
    this.#end ??= end;
    return (this.#finished ??= this.#disconnect());
  }

  async #disconnect(): Promise<void> {
    const { producer, onEnded } = this.#options;
    clearInterval(this.#timer);
    await disconnect(producer);
    onEnded(this);
  }
}

async function untilTime(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await delay(ms);
}

function landings(round: CommitRound, answers: readonly RecordMetadata[]): Landed {
  const landed = new Map<string, Position>();
  for (const { topicName: topic, partition, baseOffset = "-1" } of answers)
    if (Number(baseOffset) >= 0)
      landed.set(partitionId({ topic, partition }), { topic, partition, offset: Number(baseOffset) });
  const unanswered = round.find((record) => !landed.has(partitionId(record)));
  if (unanswered === undefined) return landed;
  throw new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `Kafka did not say where the records for partition ${unanswered.partition} of topic "${unanswered.topic}" have landed.`,
  );
}
