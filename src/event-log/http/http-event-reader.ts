import pMap from "p-map";
import { z } from "zod";
import { EventQLError, isEventQLError } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";
import { silentLogger } from "../../telemetry/logger.ts";
import type {
  ConsumeOptions,
  Consumer,
  ConsumerHandler,
  KeyRecords,
  OffsetRange,
  RangeRecords,
  ReadKeyOptions,
  ReadRangeOptions,
  TopicDescription,
} from "../event-log.ts";
import { WireKeyRecords, WireOffsets, WireRange, WireTopic, fromWire } from "../record-wire.ts";
import { HttpConnection } from "./connection.ts";
import { notOverHttp } from "./failures.ts";
import type { HttpLogOptions } from "./options.ts";
import { RemoteConsumer } from "./remote-consumer.ts";

/** How long the server may wait for records, in ms, before it says that there are none. */
const WAIT_MS = 20_000;
const READ_MS = 15_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const CONCURRENCY = 8;

/**
 * Reads a server's log over HTTP: records as they are. Each partition is read by requests of its own, one after the other,
 * each from where the last one ended: a handler that takes its time is asked nothing of, and a connection that breaks is
 * made again at the same position.
 */
export class HttpEventReader {
  readonly #connection: HttpConnection;
  readonly #options: HttpLogOptions;
  readonly #consumers = new Set<Consumer>();

  constructor(options: HttpLogOptions) {
    this.#options = options;
    this.#connection = new HttpConnection(options);
  }

  /** See `EventLog.describeTopics`. */
  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    const described = await pMap([...new Set(names)], async (name) => await this.#describe(name), {
      concurrency: CONCURRENCY,
    });
    return described.filter((topic) => topic !== undefined);
  }

  /** See `EventLog.offsets`. */
  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    return await this.#connection.ask({ path: [topic, "offsets"] }, WireOffsets);
  }

  /** See `EventLog.readKey`. */
  async readKey({ topic, timeoutMs = READ_MS, ...asked }: ReadKeyOptions): Promise<KeyRecords> {
    const query = { ...asked, timeoutMs };
    const request = { path: [topic, "records"], query, timeoutMs: timeoutMs + this.#connection.timeoutMs };
    const { records, complete } = await this.#connection.ask(request, WireKeyRecords);
    return { records: records.map((record) => fromWire({ topic, partition: asked.partition }, record)), complete };
  }

  /** See `EventLog.readRange`. */
  async readRange({ topic, timeoutMs = READ_MS, ...asked }: ReadRangeOptions): Promise<RangeRecords> {
    const query = { ...asked, timeoutMs };
    return await this.#range({ topic, partition: asked.partition }, query, timeoutMs);
  }

  /**
   * Starts a consumer that reads everything, for itself: `ephemeral` must be set. See `EventLog.consume`.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `BAD_USER_INPUT` for one that shares partitions with others.
   */
  async consume(options: ConsumeOptions, handler: ConsumerHandler): Promise<Consumer> {
    const { topics, ephemeral = false, maxBatchBytes = MAX_BATCH_BYTES } = options;
    if (!ephemeral) throw notOverHttp("Consumers of a group can't share partitions");
    const partitions = (await pMap(topics, async (topic) => await this.#partitions(topic))).flat();
    const logger = (this.#options.logger ?? silentLogger).child({ group: options.group });
    const consumer: Consumer = new RemoteConsumer({
      partitions,
      offsets: async (topic) => await this.offsets(topic),
      poll: async (of, from, wait, signal) => {
        const waitMs = wait ? WAIT_MS : 0;
        const query = { partition: of.partition, from, waitMs, maxBytes: maxBatchBytes };
        return await this.#range(of, query, waitMs + READ_MS, signal);
      },
      handler,
      logger,
      onStopped: () => this.#consumers.delete(consumer),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  /** Resolves when the server answers, and lets raw records be read. @throws EventQLError `EVENT_LOG_UNAVAILABLE`, … */
  async ping(): Promise<void> {
    await this.#connection.ask({ path: [] }, z.unknown());
  }

  /** Ends consumers and requests. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map(async (consumer) => await consumer.stop()));
    this.#connection.close();
  }

  async #describe(name: string): Promise<TopicDescription | undefined> {
    try {
      const { retentionMs, ...topic } = await this.#connection.ask({ path: [name, "description"] }, WireTopic);
      return { ...topic, retentionMs: retentionMs ?? undefined };
    } catch (error) {
      if (isEventQLError(error, "TOPIC_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async #partitions(topic: string): Promise<readonly TopicPartition[]> {
    const ranges = await this.offsets(topic);
    if (ranges.length > 0) return ranges.map((_, partition) => ({ topic, partition }));
    throw new EventQLError("TOPIC_NOT_FOUND", `Topic "${topic}" does not exist: create it first.`, {
      details: { topic },
    });
  }

  async #range(
    of: TopicPartition,
    query: Readonly<Record<string, string | number | undefined>>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<RangeRecords> {
    const { records, next, complete } = await this.#connection.ask(
      {
        path: [of.topic, "records"],
        query,
        timeoutMs: timeoutMs + this.#connection.timeoutMs,
        ...(signal && { signal }),
      },
      WireRange,
    );
    return { records: records.map((record) => fromWire(of, record)), next, complete };
  }
}
