import {
  type Consumer,
  type ConsumeOptions,
  type ConsumerHandler,
  type EventLog,
  EventQLError,
  type KeyRecords,
  type Logger,
  type Membership,
  type MembersOptions,
  type NewRecord,
  type OffsetRange,
  type OwnerCommit,
  type OwnerCommitResult,
  type PartitionOwner,
  type Position,
  type RangeRecords,
  type ReadKeyOptions,
  type ReadRangeOptions,
  type TakeOverOptions,
  type TopicDescription,
  type TopicSpec,
  partitionOf,
  silentLogger,
} from "../../src/index.ts";
import { MemoryConsumer } from "./memory-consumer.ts";
import { type MemoryStore, fitting } from "./memory-store.ts";

const BATCH_BYTES = 8 * 1024 * 1024;
const RANGE_BYTES = 16 * 1024 * 1024;

/** An event log in memory: the smallest back-end that keeps all that the port promises but durability. */
export class MemoryEventLog implements EventLog {
  readonly findsKeys = true;
  readonly #store: MemoryStore;
  readonly #logger: Logger;
  readonly #ended = new AbortController();
  readonly #consumers = new Set<Consumer>();
  readonly #members = new Set<() => void>();

  constructor(store: MemoryStore, logger: Logger = silentLogger) {
    this.#store = store;
    this.#logger = logger;
  }

  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    this.#assertOpen();
    return [...new Set(names)].flatMap((name) => {
      const spec = this.#store.specOf(name);
      if (spec === undefined) return [];
      const { partitions, compacted = false, retentionMs } = spec;
      return [{ name, partitions, compacted, retentionMs }];
    });
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    for (const topic of topics) this.#store.create(topic);
  }

  async append({ topic, key, value, headers }: NewRecord): Promise<Position> {
    this.#assertOpen();
    const partition = partitionOf(Buffer.from(key), this.#store.partitionsOf(topic).length);
    return this.#store.append({ topic, partition, key, value, headers });
  }

  async consume(options: ConsumeOptions, handler: ConsumerHandler): Promise<Consumer> {
    this.#assertOpen();
    const { topics, maxBatchBytes = BATCH_BYTES, ephemeral = false } = options;
    const consumer: Consumer = new MemoryConsumer({
      store: this.#store,
      partitions: topics.flatMap((topic) =>
        this.#store.partitionsOf(topic).map((_, partition) => ({ topic, partition })),
      ),
      group: ephemeral ? crypto.randomUUID() : options.group,
      maxBatchBytes,
      handler,
      logger: this.#logger,
      onStopped: () => this.#consumers.delete(consumer),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async readKey({ topic, partition, key, from, until, limit, newest = false }: ReadKeyOptions): Promise<KeyRecords> {
    this.#assertOpen();
    const all = this.#store.read({ topic, partition }, from, until);
    const found = all.filter((record) => record.key !== null && Buffer.from(record.key).toString() === key);
    return { records: newest ? found.slice(-limit) : found.slice(0, limit), complete: true };
  }

  async readRange({ topic, partition, from, until, limit = 10_000 }: ReadRangeOptions): Promise<RangeRecords> {
    this.#assertOpen();
    const { high } = this.#store.rangeOf({ topic, partition });
    const end = Math.min(until ?? high, high);
    const records = fitting(this.#store.read({ topic, partition }, from, Math.min(end, from + limit)), RANGE_BYTES);
    const next = from + records.length;
    return { records, next, complete: next >= end };
  }

  async takeOver({ name, input: { topic, partition } }: TakeOverOptions): Promise<PartitionOwner> {
    this.#assertOpen();
    this.#store.rangeOf({ topic, partition });
    const owner = JSON.stringify([name, topic, partition]);
    const { epoch, next } = this.#store.takeOver(owner);
    let released = false;
    return {
      next,
      commit: async (commit: OwnerCommit): Promise<OwnerCommitResult> => {
        this.#assertOpen();
        if (released) throw new EventQLError("OWNER_FENCED", "The partition was given up: take it over again.");
        return this.#store.commit(owner, epoch, commit.records, commit.next) ? "committed" : "moved";
      },
      async release() {
        released = true;
      },
    };
  }

  async committed(name: string, topic: string): Promise<readonly (number | undefined)[]> {
    this.#assertOpen();
    return this.#store.partitionsOf(topic).map((_, partition) => {
      return this.#store.committed(JSON.stringify([name, topic, partition]));
    });
  }

  async join({ group, onChange }: MembersOptions): Promise<Membership> {
    this.#assertOpen();
    const self = crypto.randomUUID();
    const leave = this.#store.join(group, self, onChange);
    this.#members.add(leave);
    return {
      self,
      leave: async () => {
        leave();
        this.#members.delete(leave);
      },
    };
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    this.#assertOpen();
    return this.#store.partitionsOf(topic).map((records) => ({ low: 0, high: records.length }));
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#consumers].map(async (consumer) => await consumer.stop()));
    for (const leave of this.#members) leave();
  }

  #assertOpen(): void {
    if (this.#ended.signal.aborted) throw new EventQLError("EVENT_LOG_UNAVAILABLE", "The event log is closed.");
  }
}
