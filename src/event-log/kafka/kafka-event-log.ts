import { messageOf } from "../../errors.ts";
import type { NewRecord } from "../../model/event.ts";
import type { Position } from "../../model/position.ts";
import type {
  Consumer,
  ConsumeOptions,
  ConsumerHandler,
  EventLog,
  KeyRecords,
  Membership,
  MembersOptions,
  OffsetRange,
  OffsetsOptions,
  PartitionOwner,
  RangeRecords,
  ReadKeyOptions,
  ReadRangeOptions,
  TakeOverOptions,
  TopicDescription,
  TopicSpec,
} from "../event-log.ts";
import { groupOf } from "../ephemeral-group.ts";
import { partitionOf } from "../partition.ts";
import { BATCH_OVERHEAD, recordBytes, tooLarge } from "../record-size.ts";
import { AppendLane } from "./append-lane.ts";
import { createClient } from "./client.ts";
import { passAborted } from "./committed-fetches.ts";
import { closed, topicNotFound } from "./failures.ts";
import { GroupConsumer } from "./group-consumer.ts";
import { KafkaAdmin } from "./kafka-admin.ts";
import { KafkaSender } from "./kafka-sender.ts";
import type { KafkaEventLogOptions } from "./options.ts";
import { Memberships } from "./memberships.ts";
import { OWNER_RETRY, Owners } from "./owners.ts";
import { PartitionReader } from "./partition-reader.ts";
import { readRange } from "./read-range.ts";
import { scanKey } from "./scan-key.ts";
import { TopicCache } from "./topic-cache.ts";

export type { KafkaEventLogOptions } from "./options.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const APPEND_TIMEOUT_MS = 10_000;
/** About two minutes, as Kafka's own `delivery.timeout.ms`. */
const APPEND_RETRY = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 1_000, retries: 120 };
const ADMIN_RETRY = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, retries: 4 };

/** An event log on Kafka. It connects when it is first used. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  return new KafkaEventLog(options);
}

class KafkaEventLog implements EventLog {
  readonly findsKeys = false;
  readonly #options: KafkaEventLogOptions;
  readonly #requestTimeoutMs: number;
  readonly #admin: KafkaAdmin;
  readonly #topics: TopicCache;
  readonly #sender: KafkaSender;
  readonly #lane: AppendLane;
  readonly #owners: Owners;
  readonly #reader: PartitionReader;
  readonly #memberships: Memberships;
  readonly #consumers = new Set<GroupConsumer>();
  #closed = false;

  constructor(options: KafkaEventLogOptions) {
    const { logger, brokers, appendTimeoutMs = APPEND_TIMEOUT_MS, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#options = options;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#admin = new KafkaAdmin(
      createClient(options, { requestTimeoutMs, retry: ADMIN_RETRY }),
      brokers,
      requestTimeoutMs,
    );
    this.#topics = new TopicCache(this.#admin);
    this.#sender = new KafkaSender({
      kafka: createClient(options, { requestTimeoutMs, retry: APPEND_RETRY }),
      logger,
      replicationTimeoutMs: requestTimeoutMs,
      readEnd: (topic) => this.#admin.offsets(topic),
    });
    this.#reader = new PartitionReader(createClient(options, { requestTimeoutMs, retry: ADMIN_RETRY }));
    this.#owners = new Owners({
      kafka: createClient(options, { requestTimeoutMs, retry: OWNER_RETRY }),
      brokers,
      logger,
      replicationTimeoutMs: requestTimeoutMs,
      topics: this.#topics,
      offsets: (topic) => this.#admin.offsets(topic),
      committed: (group, topic) => this.#admin.committed(group, topic),
    });
    this.#memberships = new Memberships({
      log: options,
      logger,
      createTopic: (spec) => this.#admin.createTopics([spec]),
      offsets: (topic) => this.#admin.offsets(topic),
    });
    this.#lane = new AppendLane({ sender: this.#sender, logger, timeoutMs: appendTimeoutMs });
  }

  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    const topics = await this.#admin.settings(names);
    return topics.map(({ name, partitions, compacted, retentionMs, log }) => {
      return { name, partitions, compacted, retentionMs, ...(log !== undefined && { log }) };
    });
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    await this.#admin.createTopics(topics);
  }

  async append({ topic, key, value, headers }: NewRecord): Promise<Position> {
    this.#assertOpen();
    const { partitions, maxMessageBytes } = await this.#topics.get(topic);
    const keyBytes = Buffer.from(key);
    const bytes = recordBytes(keyBytes, value, headers);
    if (bytes + BATCH_OVERHEAD > maxMessageBytes) throw tooLarge(topic, bytes, maxMessageBytes);
    const partition = partitionOf(keyBytes, partitions);
    return this.#lane.append({
      topic,
      partition,
      key: keyBytes,
      value,
      headers,
      bytes,
      maxBatchBytes: maxMessageBytes,
    });
  }

  async consume(options: ConsumeOptions, handler: ConsumerHandler): Promise<Consumer> {
    this.#assertOpen();
    const consume = { ...options, group: groupOf(options) };
    const topics = await this.#admin.settings(consume.topics);
    const missing = consume.topics.find((name) => topics.every((topic) => topic.name !== name));
    if (missing !== undefined) throw topicNotFound(missing);
    const consumer: GroupConsumer = new GroupConsumer({
      kafka: passAborted(createClient(this.#options, { requestTimeoutMs: this.#requestTimeoutMs, retry: ADMIN_RETRY })),
      tuning: this.#options.group ?? {},
      consume,
      handler,
      logger: this.#options.logger.child({ group: consume.group }),
      partitions: topics.reduce((sum, { partitions }) => sum + partitions, 0),
      offsets: (topic) => this.#admin.offsets(topic),
      onStopped: () => this.#stopped(consumer, consume),
    });
    this.#consumers.add(consumer);
    await consumer.start();
    return consumer;
  }

  async readKey(options: ReadKeyOptions): Promise<KeyRecords> {
    return await scanKey(options, async (consume, handler) => await this.consume(consume, handler));
  }

  async offsets(topic: string, { written = false }: OffsetsOptions = {}): Promise<readonly OffsetRange[]> {
    const ranges = await this.#admin.offsets(topic);
    if (!written) return ranges;
    return await Promise.all(
      ranges.map(async ({ low, high }, partition) => {
        const fetched = await this.#reader.fetch({ topic, partition }, high, { maxBytes: 1, maxWaitMs: 0 });
        return { low, high: fetched.written };
      }),
    );
  }

  async readRange(options: ReadRangeOptions): Promise<RangeRecords> {
    this.#assertOpen();
    return await readRange(options, {
      reader: this.#reader,
      brokers: this.#options.brokers,
      offsets: (topic) => this.#admin.offsets(topic),
    });
  }

  takeOver(options: TakeOverOptions): Promise<PartitionOwner> {
    return this.#owners.takeOver(options);
  }

  async committed(name: string, topic: string): Promise<readonly (number | undefined)[]> {
    const { partitions } = await this.#topics.get(topic);
    const stored = await this.#admin.committed(name, topic);
    return Array.from({ length: partitions }, (_, partition) => stored[partition]);
  }

  join(options: MembersOptions): Promise<Membership> {
    return this.#memberships.join(options);
  }

  async ping(): Promise<void> {
    await this.#admin.ping();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await Promise.all([this.#memberships.close(), this.#owners.close()]);
    await this.#lane.close();
    await this.#sender.close();
    await this.#reader.close();
    await this.#admin.close();
  }

  async #stopped(consumer: GroupConsumer, { group, ephemeral = false }: ConsumeOptions): Promise<void> {
    try {
      if (ephemeral) await this.#admin.deleteGroup(group);
    } catch (error) {
      // An empty group that nothing was stored for is removed by the broker itself, after a while.
      this.#options.logger.debug({ group, error: messageOf(error) }, "The consumer group was not removed.");
    }
    this.#consumers.delete(consumer);
  }

  #assertOpen(): void {
    if (this.#closed) throw closed();
  }
}
