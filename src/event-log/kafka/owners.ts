import { setTimeout as delay } from "node:timers/promises";
import { type Kafka, Partitioners, type Producer } from "kafkajs";
import { isEventQLError, messageOf } from "../../errors.ts";
import type { Position } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { OffsetRange, PartitionOwner, TakeOverOptions } from "../event-log.ts";
import { noPartition } from "../owner-failures.ts";
import { disconnect } from "./client.ts";
import type { Landed } from "./commit-plan.ts";
import { closed, unavailable } from "./failures.ts";
import { KafkaOwner } from "./kafka-owner.ts";
import { SharedReads } from "./shared-reads.ts";
import type { TopicCache } from "./topic-cache.ts";

/** What is needed to take partitions over. */
export interface OwnersOptions {
  /** A client whose requests are repeated as {@link OWNER_RETRY} says. */
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  readonly logger: Logger;
  readonly replicationTimeoutMs: number;
  readonly topics: TopicCache;
  readonly offsets: (topic: string) => Promise<readonly OffsetRange[]>;
  /** The committed offsets of a group, by partition. */
  readonly committed: (group: string, topic: string) => Promise<readonly (number | undefined)[]>;
}

/** In ms. With kafkajs' own a transaction that follows another one closely waits for 300 ms. */
export const OWNER_RETRY = { initialRetryTime: 5, multiplier: 1.5, maxRetryTime: 200, retries: 40 } as const;

/** After so many ms without an end, the broker aborts a transaction; readers wait for it until then. */
const TRANSACTION_TIMEOUT_MS = 10_000;
/** How long the end of an aborted transaction is waited for, in ms: mostly it takes a few. */
const SETTLED_MS = 1_000;

/** The owners of this process: each has a producer of its own, by whose transactional id it fences the one before it. */
export class Owners {
  readonly #options: OwnersOptions;
  readonly #owners = new Set<KafkaOwner>();
  readonly #opening = new Set<Promise<unknown>>();
  readonly #committed: SharedReads<readonly (number | undefined)[]> = new SharedReads();
  #closed = false;

  constructor(options: OwnersOptions) {
    this.#options = options;
  }

  /** Becomes the one owner of a partition of input. */
  async takeOver(of: TakeOverOptions): Promise<PartitionOwner> {
    if (this.#closed) throw closed();
    const opening = this.#takeOver(of);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** Releases every owner. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#owners].map((owner) => owner.release()));
  }

  async #takeOver(of: TakeOverOptions): Promise<PartitionOwner> {
    const { topics, replicationTimeoutMs } = this.#options;
    const { topic, partition } = of.input;
    const { partitions } = await topics.get(topic);
    if (partition >= partitions) throw noPartition(of.input, partitions);
    const producer = this.#producer(of);
    try {
      await fence(producer);
      const owner = new KafkaOwner({
        of,
        producer,
        next: await this.#nextOf(of),
        replicationTimeoutMs,
        topics,
        settled: (landed) => this.#settled(landed),
        onEnded: (ended) => this.#owners.delete(ended),
      });
      this.#owners.add(owner);
      return owner;
    } catch (error) {
      await disconnect(producer);
      throw isEventQLError(error) ? error : unavailable(this.#options.brokers, error);
    }
  }

  #producer({ name, input }: TakeOverOptions): Producer {
    return this.#options.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // A topic's name has no slash in it, so no two partitions have the same.
      transactionalId: `${name}/${input.topic}/${input.partition}`,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
    });
  }

  /** Read after fencing, never before: until then the one before may commit. */
  async #nextOf({ name, input: { topic, partition } }: TakeOverOptions): Promise<number | undefined> {
    const { committed } = this.#options;
    const offsets = await this.#committed.read(`${topic}/${name}`, () => committed(name, topic));
    return offsets[partition];
  }

  /** A transaction's records, aborted ones too, are beyond the ends of their partitions until its markers are written. */
  async #settled(landed: Landed): Promise<void> {
    const { offsets, logger } = this.#options;
    const deadline = Date.now() + SETTLED_MS;
    let held: readonly Position[] = [...landed.values()];
    try {
      for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
        held = await stillHeld(held, offsets);
        if (held.length === 0 || Date.now() > deadline) return;
        await delay(pauseMs);
      }
    } catch (error) {
      logger.debug({ error: messageOf(error) }, "The ends of partitions could not be read.");
    }
  }
}

async function fence(producer: Producer): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
}

async function stillHeld(
  positions: readonly Position[],
  offsets: OwnersOptions["offsets"],
): Promise<readonly Position[]> {
  const topics = [...new Set(positions.map(({ topic }) => topic))];
  const ends = new Map(await Promise.all(topics.map(async (topic) => [topic, await offsets(topic)] as const)));
  return positions.filter(({ topic, partition, offset }) => (ends.get(topic)?.[partition]?.high ?? 0) <= offset);
}
