import { EventQLError, messageOf } from "../../errors.ts";
import type { NewRecord } from "../../model/event.ts";
import type { Position } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { pause } from "../backoff.ts";
import { groupOf } from "../ephemeral-group.ts";
import type {
  Consumer,
  ConsumeOptions,
  ConsumerHandler,
  EventLog,
  KeyRecords,
  OffsetRange,
  ReadKeyOptions,
  TopicDescription,
  TopicSpec,
} from "../event-log.ts";
import { partitionOf } from "../partition.ts";
import { BATCH_OVERHEAD, DEFAULT_MAX_BYTES, recordBytes, tooLarge } from "../record-size.ts";
import { AppendGroup } from "./append-group.ts";
import { isBusy, LogFile, type StoredTopic } from "./log-file.ts";
import { StoredConsumer } from "./stored-consumer.ts";

/** Where an embedded log lives. */
export interface EmbeddedEventLogOptions {
  /** The SQLite file; its folder exists. Others may use the file at the same time. */
  readonly file: string;
  readonly logger: Logger;
  /** How often the file is looked at for what other processes appended, in ms. Default 50. */
  readonly pollIntervalMs?: number;
  /** How long an append waits while another process holds the file, in ms. Default 10,000. */
  readonly appendTimeoutMs?: number;
}

const POLL_MS = 50;
const APPEND_TIMEOUT_MS = 10_000;
const CREATE_PAUSE_MS = 20;
const INDEX_TIMEOUT_MS = 15_000;

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
  readonly #poll: NodeJS.Timeout;
  #version: number;

  constructor(options: EmbeddedEventLogOptions, file: LogFile) {
    this.#options = options;
    this.#file = file;
    this.#version = file.version();
    this.#appends = new AppendGroup({
      file,
      timeoutMs: options.appendTimeoutMs ?? APPEND_TIMEOUT_MS,
      onAppended: (of) => this.#consumers.forEach((consumer) => consumer.notify(of)),
    });
    this.#poll = setInterval(() => this.#look(), options.pollIntervalMs ?? POLL_MS);
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
    const deadline = Date.now() + APPEND_TIMEOUT_MS;
    for (;;)
      try {
        this.#file.createTopics(topics);
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw unavailable(error);
        await pause(CREATE_PAUSE_MS, this.#ended.signal);
      }
  }

  async append({ topic: name, key, value, headers }: NewRecord): Promise<Position> {
    const topic = this.#topic(name);
    const keyBytes = Buffer.from(key);
    const bytes = recordBytes(keyBytes, value, headers);
    if (bytes + BATCH_OVERHEAD > DEFAULT_MAX_BYTES) throw tooLarge(name, bytes, DEFAULT_MAX_BYTES);
    return this.#appends.append({
      topic,
      partition: partitionOf(keyBytes, topic.partitions),
      key: keyBytes,
      value,
      headers,
    });
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
    const topic = this.#topic(options.topic);
    await this.#indexKeys(topic, options);
    return { records: this.#file.readKey(topic, options), complete: true };
  }

  async offsets(name: string): Promise<readonly OffsetRange[]> {
    const topic = this.#topic(name);
    return Array.from({ length: topic.partitions }, (_, partition) => this.#file.range(topic, partition));
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
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await this.#appends.drained();
    this.#file.close();
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

  /** In steps, so that the process does other things between them: the first time there may be much to do. */
  async #indexKeys(
    topic: StoredTopic,
    { partition, until, timeoutMs = INDEX_TIMEOUT_MS }: ReadKeyOptions,
  ): Promise<void> {
    const end = Math.min(until, this.#file.range(topic, partition).high);
    const deadline = Date.now() + timeoutMs;
    while (!this.#tryToIndex(topic, partition, end)) {
      if (Date.now() > deadline) throw stillIndexing(topic);
      await pause(0, this.#ended.signal);
      this.#assertOpen();
    }
  }

  /** False where there is more to do, or another process holds the file. */
  #tryToIndex(topic: StoredTopic, partition: number, end: number): boolean {
    try {
      return this.#file.indexKeys(topic, partition, end);
    } catch (error) {
      if (isBusy(error)) return false;
      throw unavailable(error);
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

  #assertOpen(): void {
    if (this.#ended.signal.aborted) throw new EventQLError("EVENT_LOG_UNAVAILABLE", "The event log is closed.");
  }
}

function stillIndexing({ name }: StoredTopic): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The keys of topic "${name}" are still being indexed: try again, it goes on from there.`,
    { details: { topic: name } },
  );
}

function unavailable(cause: unknown): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `The data file can't be used now: ${messageOf(cause)}. Try again, or end the process that holds it.`,
    { cause },
  );
}
