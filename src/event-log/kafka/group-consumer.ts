import type { Batch, Consumer as KafkaConsumer, ConsumerStartBatchProcessEvent, Kafka } from "kafkajs";
import { EventQLError, messageOf } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { pause, retryUntilDone } from "../backoff.ts";
import type { Consumer, ConsumeOptions, ConsumerHandler, OffsetRange } from "../event-log.ts";
import { Assignments } from "./assignments.ts";
import { Caretaker } from "./caretaker.ts";
import type { GroupTuning } from "./options.ts";
import type { Fetching } from "./partition-queue.ts";
import { fetchedFrom, toChunk } from "./records.ts";

/** What a consumer needs. */
export interface GroupConsumerOptions {
  readonly kafka: Kafka;
  readonly tuning: GroupTuning;
  readonly consume: ConsumeOptions;
  readonly handler: ConsumerHandler;
  readonly logger: Logger;
  /** How many partitions all the topics have. */
  readonly partitions: number;
  readonly offsets: (topic: string) => Promise<readonly OffsetRange[]>;
  /** Called when it has left its group. Never rejects. */
  readonly onStopped: () => Promise<void>;
}

const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const RESTART_PAUSE_MS = 200;
const FETCH_BYTES_PER_PARTITION = 4 * 1024 * 1024;
const FETCH_BYTES = 32 * 1024 * 1024;

/**
 * A member of a consumer group.
 *
 * After each rebalance every partition, kept or new, is given up and taken on again: a member can miss a generation in
 * which another one had its partition, so only the handler (the checkpoint) knows where to go on.
 */
export class GroupConsumer implements Consumer, Fetching {
  readonly #options: GroupConsumerOptions;
  readonly #assignments: Assignments;
  readonly #caretaker: Caretaker;
  readonly #strayed = new WeakSet<object>();
  readonly #end = new AbortController();
  readonly #joined: PromiseWithResolvers<void> = Promise.withResolvers();
  #client: KafkaConsumer | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: GroupConsumerOptions) {
    const { handler, logger, consume } = options;
    this.#options = options;
    const maxBatchBytes = consume.maxBatchBytes ?? MAX_BATCH_BYTES;
    this.#assignments = new Assignments({ handler, fetching: this, maxBatchBytes, logger });
    this.#caretaker = new Caretaker({
      assignments: this.#assignments,
      offsets: options.offsets,
      commits: consume.ephemeral !== true,
      logger,
    });
  }

  /** Resolves when the group was joined. */
  async start(): Promise<void> {
    this.#running = this.#run();
    await this.#joined.promise;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async range({ topic, partition }: TopicPartition): Promise<OffsetRange> {
    const range = await this.#caretaker.range(topic, partition);
    if (range !== undefined) return range;
    throw new EventQLError(
      "EVENT_LOG_UNAVAILABLE",
      `Kafka does not know partition ${partition} of topic "${topic}" yet.`,
    );
  }

  fetchFrom({ topic, partition }: TopicPartition, position: number): void {
    this.#whileRunning((client) => {
      client.seek({ topic, partition, offset: String(position) });
      client.resume([{ topic, partitions: [partition] }]);
    });
  }

  pause({ topic, partition }: TopicPartition): void {
    this.#whileRunning((client) => client.pause([{ topic, partitions: [partition] }]));
  }

  resume({ topic, partition }: TopicPartition): void {
    this.#whileRunning((client) => client.resume([{ topic, partitions: [partition] }]));
  }

  async #stop(): Promise<void> {
    this.#joined.reject(
      new EventQLError("EVENT_LOG_UNAVAILABLE", "The consumer was stopped before it joined its group."),
    );
    this.#joined.promise.catch(() => {});
    await this.#assignments.finish();
    await this.#caretaker.commit(this.#client);
    this.#end.abort();
    await this.#running;
    await this.#options.onStopped();
  }

  async #run(): Promise<void> {
    const { logger, consume } = this.#options;
    const { signal } = this.#end;
    const onFailure = (error: unknown, pauseMs: number): void =>
      logger.warn({ group: consume.group, error: messageOf(error), pauseMs }, "The consumer failed; it starts anew.");
    // Each round is a client that joined the group and then failed: the pauses begin anew with the next one.
    while (!signal.aborted) {
      await retryUntilDone(() => this.#session(), { signal, firstMs: RESTART_PAUSE_MS, onFailure });
      await pause(RESTART_PAUSE_MS, signal);
    }
  }

  async #session(): Promise<void> {
    const client = this.#createClient();
    const over = Promise.withResolvers<void>();
    const end = (): void => over.resolve();
    this.#end.signal.addEventListener("abort", end, { once: true });
    const joined = this.#listen(client, over);
    this.#client = client;
    try {
      await client.connect();
      await client.subscribe({ topics: [...this.#options.consume.topics], fromBeginning: true });
      await client.run({
        autoCommit: false,
        partitionsConsumedConcurrently: this.#options.partitions,
        eachBatch: async ({ batch }) => this.#onBatch(batch),
      });
      this.#caretaker.start(client);
      await over.promise;
    } catch (error) {
      if (!joined()) throw error;
      this.#options.logger.warn({ error: messageOf(error) }, "The consumer lost its group; it joins again.");
    } finally {
      this.#caretaker.stop();
      this.#end.signal.removeEventListener("abort", end);
      this.#assignments.revokeAll();
      await disconnect(client);
    }
  }

  #createClient(): KafkaConsumer {
    const { kafka, tuning, consume } = this.#options;
    return kafka.consumer({
      groupId: consume.group,
      sessionTimeout: tuning.sessionTimeoutMs ?? 10_000,
      rebalanceTimeout: tuning.rebalanceTimeoutMs ?? 15_000,
      heartbeatInterval: tuning.heartbeatIntervalMs ?? 300,
      maxWaitTimeInMs: tuning.maxWaitMs ?? 100,
      minBytes: 1,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
      maxBytes: FETCH_BYTES,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      // A failed client is replaced by a new one, here.
      retry: { retries: 5, initialRetryTime: 100, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Listens to a client's events. Returns whether it has joined the group. */
  #listen(client: KafkaConsumer, over: PromiseWithResolvers<void>): () => boolean {
    const { GROUP_JOIN, REBALANCING, CRASH, START_BATCH_PROCESS } = client.events;
    let joined = false;
    client.on(GROUP_JOIN, ({ payload }) => {
      joined = true;
      this.#onJoin(client, payload.memberAssignment);
    });
    client.on(REBALANCING, () => this.#assignments.revokeAll());
    client.on(CRASH, ({ payload }) => over.reject(payload.error));
    client.on(START_BATCH_PROCESS, (event) => this.#onBatchBegun(event));
    over.promise.catch(() => {});
    return () => joined;
  }

  #onJoin(client: KafkaConsumer, assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#assignments.revokeAll();
    const topics = Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
    // kafkajs would begin at the committed offsets: nothing is fetched until the handler has said where to begin.
    client.pause(topics);
    for (const { topic, partitions } of topics)
      for (const partition of partitions) this.#assignments.assign({ topic, partition });
    this.#joined.resolve();
  }

  #onBatch(batch: Batch): void {
    const assigned = this.#assignments.get(batch);
    if (assigned === undefined) return;
    const { queue } = assigned;
    if (queue.expects(fetchedFrom(batch))) {
      this.#strayed.delete(assigned);
      queue.accept(toChunk(batch), Number(batch.highWatermark));
    } else if (queue.waiting && this.#strayed.has(assigned)) {
      this.#options.logger.warn(
        { ...assigned.of },
        "The position is not in the log any more; the partition is taken on anew.",
      );
      this.#assignments.revoke(assigned);
      this.#assignments.assign(assigned.of);
    } else if (queue.waiting) {
      this.#strayed.add(assigned);
      queue.fetchAgain();
    }
  }

  /** kafkajs passes batches of transaction markers, aborted or compacted records in silence, but for this event. */
  #onBatchBegun({ payload }: ConsumerStartBatchProcessEvent): void {
    if (payload.batchSize > 0) return;
    const { firstOffset, lastOffset, highWatermark } = payload;
    const first = firstOffset == null ? undefined : Number(firstOffset);
    this.#assignments.get(payload)?.queue.passed(first, Number(lastOffset) + 1, Number(highWatermark));
  }

  /** kafkajs throws on a client that has failed or ended; the next one begins with `assigned` anyway. */
  #whileRunning(act: (client: KafkaConsumer) => void): void {
    try {
      if (this.#client !== undefined) act(this.#client);
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, "The consumer has ended.");
    }
  }
}

async function disconnect(client: KafkaConsumer): Promise<void> {
  try {
    await client.disconnect();
  } catch {
    // It has failed before; the group learns of its absence by the session's end.
  }
}
