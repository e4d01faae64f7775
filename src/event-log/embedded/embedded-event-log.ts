import { EventQLError, messageOf } from "../../errors.ts";
import type { NewRecord } from "../../model/event.ts";
import type { Position, TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { groupOf } from "../ephemeral-group.ts";
import type {
  Consumer,
  ConsumeOptions,
  ConsumerHandler,
  EventLog,
  KeyRecords,
  Membership,
  MembersOptions,
  OffsetRange,
  PartitionOwner,
  PlacedRecord,
  RangeRecords,
  ReadKeyOptions,
  ReadRangeOptions,
  TakeOverOptions,
  TopicDescription,
  TopicSpec,
} from "../event-log.ts";
import { noPartition } from "../owner-failures.ts";
import { partitionOf } from "../partition.ts";
import { BATCH_OVERHEAD, DEFAULT_MAX_BYTES, recordBytes, tooLarge } from "../record-size.ts";
import { AppendGroup } from "./append-group.ts";
import { type CleaningOptions, keepClean } from "./cleaner.ts";
import { LocalMembers } from "./local-members.ts";
import { LogFile, type StoredRecord, type StoredTopic } from "./log-file.ts";
import { readStoredKey } from "./read-stored-key.ts";
import { readStoredRange } from "./read-stored-range.ts";
import { StoredConsumer } from "./stored-consumer.ts";
import { StoredOwner } from "./stored-owner.ts";
import { closed, type Patience, unavailable, whenFree } from "./when-free.ts";

/** Where an embedded log lives. */
export interface EmbeddedEventLogOptions {
  /** The SQLite file; its folder exists. Others may use the file at the same time. */
  readonly file: string;
  readonly logger: Logger;
  /** How often the file is looked at for what other processes appended, in ms. Default 50. */
  readonly pollIntervalMs?: number;
  /** How long an append waits while another process holds the file, in ms. Default 10,000. */
  readonly appendTimeoutMs?: number;
  readonly cleaning?: CleaningOptions;
}

const POLL_MS = 50;
const APPEND_TIMEOUT_MS = 10_000;

/**
 * Opens the log in a SQLite file, and makes its tables if need be.
 * @throws EventQLError `EVENT_LOG_UNAVAILABLE` where the file can't be opened
 */
export function openEmbeddedEventLog(options: EmbeddedEventLogOptions): EventLog {
  try {
    return new EmbeddedEventLog(options, new LogFile(options.file));
  } catch (error) {
    throw new EventQLError(
      "EVENT_LOG_UNAVAILABLE",
      `The data file ${options.file} can't be opened: ${messageOf(error)}. Check that its folder exists and may be written to.`,
      { cause: error },
    );
  }
}

class EmbeddedEventLog implements EventLog {
  readonly findsKeys = true;
  readonly #options: EmbeddedEventLogOptions;
  readonly #file: LogFile;
  readonly #appends: AppendGroup;
  readonly #ended = new AbortController();
  /** In the order of their coming; the first one of a group is active. */
  readonly #consumers = new Set<StoredConsumer>();
  readonly #members: LocalMembers;
  readonly #patience: Patience;
  readonly #poll: NodeJS.Timeout;
  readonly #cleaning: Promise<void>;
  #version: number;

  constructor(options: EmbeddedEventLogOptions, file: LogFile) {
    this.#options = options;
    this.#file = file;
    this.#version = file.version();
    this.#patience = { timeoutMs: options.appendTimeoutMs ?? APPEND_TIMEOUT_MS, signal: this.#ended.signal };
    this.#members = new LocalMembers(options.logger);
    this.#appends = new AppendGroup({
      file,
      timeoutMs: this.#patience.timeoutMs,
      onAppended: (of) => this.#wake(of),
    });
    this.#poll = setInterval(() => this.#look(), options.pollIntervalMs ?? POLL_MS);
    const { cleaning, logger } = options;
    this.#cleaning = keepClean({ ...cleaning, file, logger, signal: this.#ended.signal });
  }

  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    this.#assertOpen();
    return [...new Set(names)].flatMap((name) => {
      const topic = this.#file.topic(name);
      if (topic === undefined) return [];
      const { partitions, compacted, retentionMs } = topic;
      return { name, partitions, compacted, retentionMs };
    });
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await whenFree(() => this.#file.createTopics(topics), this.#patience);
  }

  async append({ topic, key, value, headers }: NewRecord): Promise<Position> {
    const partition = partitionOf(Buffer.from(key), this.#topic(topic).partitions);
    return this.#appends.append(this.#place({ topic, partition, key, value, headers }));
  }

  async consume(options: ConsumeOptions, handler: ConsumerHandler): Promise<Consumer> {
    const { logger } = this.#options;
    const consume = { ...options, group: groupOf(options) };
    const consumer: StoredConsumer = new StoredConsumer({
      file: this.#file,
      consume,
      topics: consume.topics.map((name) => this.#topic(name)),
      handler,
      logger: logger.child({ group: consume.group }),
      onStopped: () => this.#stopped(consumer),
    });
    this.#consumers.add(consumer);
    if (this.#activeOf(consume.group) === consumer) consumer.activate();
    return consumer;
  }

  async readKey(options: ReadKeyOptions): Promise<KeyRecords> {
    return await readStoredKey(this.#file, this.#topic(options.topic), options, this.#ended.signal);
  }

  async offsets(name: string): Promise<readonly OffsetRange[]> {
    const topic = this.#topic(name);
    return Array.from({ length: topic.partitions }, (_, partition) => this.#file.range(topic, partition));
  }

  async readRange(options: ReadRangeOptions): Promise<RangeRecords> {
    return readStoredRange(this.#file, this.#partition(options), options);
  }

  async takeOver(of: TakeOverOptions): Promise<PartitionOwner> {
    const { partition } = of.input;
    const topic = this.#partition(of.input);
    const taken = await whenFree(() => this.#file.takeOver(of.name, topic, partition), this.#patience);
    return new StoredOwner({
      ...taken,
      file: this.#file,
      of,
      patience: this.#patience,
      place: (record) => this.#place(record),
      onAppended: (touched) => this.#wake(touched),
    });
  }

  async committed(name: string, topic: string): Promise<readonly (number | undefined)[]> {
    return this.#file.committed(name, this.#topic(topic));
  }

  async join(options: MembersOptions): Promise<Membership> {
    this.#assertOpen();
    return this.#members.join(options);
  }

  async ping(): Promise<void> {
    this.#assertOpen();
    try {
      this.#file.version();
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    clearInterval(this.#poll);
    this.#members.close();
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await Promise.all([this.#appends.drained(), this.#cleaning]);
    this.#file.close();
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_TOO_LARGE`. */
  #place({ topic, partition, key, value, headers, offset }: PlacedRecord): StoredRecord {
    const stored = this.#partition({ topic, partition });
    const keyBytes = key === null ? null : Buffer.from(key);
    const bytes = recordBytes(keyBytes, value, headers);
    if (bytes + BATCH_OVERHEAD > DEFAULT_MAX_BYTES) throw tooLarge(topic, bytes, DEFAULT_MAX_BYTES);
    return { topic: stored, partition, key: keyBytes, value, headers, offset };
  }

  #wake(of: TopicPartition): void {
    for (const consumer of this.#consumers) consumer.notify(of);
  }

  /** Wakes the consumers when another connection has changed the file. */
  #look(): void {
    try {
      const version = this.#file.version();
      if (version === this.#version) return;
      this.#version = version;
      for (const consumer of this.#consumers) consumer.notify();
    } catch (error) {
      this.#options.logger.warn(
        { error: messageOf(error) },
        "The data file could not be looked at; it is tried again.",
      );
    }
  }

  #stopped(consumer: StoredConsumer): void {
    const wasActive = this.#activeOf(consumer.group) === consumer;
    this.#consumers.delete(consumer);
    if (wasActive && !this.#ended.signal.aborted) this.#activeOf(consumer.group)?.activate();
  }

  #activeOf(group: string): StoredConsumer | undefined {
    return [...this.#consumers].find((consumer) => consumer.group === group);
  }

  #topic(name: string): StoredTopic {
    this.#assertOpen();
    const topic = this.#file.topic(name);
    if (topic !== undefined) return topic;
    throw new EventQLError(
      "TOPIC_NOT_FOUND",
      `Topic "${name}" does not exist in ${this.#options.file}: create it, or let EventQL do so with --create-topics.`,
      { details: { topic: name } },
    );
  }

  #partition({ topic, partition }: TopicPartition): StoredTopic {
    const stored = this.#topic(topic);
    if (partition < stored.partitions) return stored;
    throw noPartition({ topic, partition }, stored.partitions);
  }

  #assertOpen(): void {
    if (this.#ended.signal.aborted) throw closed();
  }
}
