import type { LogRecord, NewRecord } from "../model/event.ts";
import type { Position, TopicPartition } from "../model/position.ts";
import type { PartitionOwner, TakeOverOptions } from "./owner.ts";

export type { OwnerCommit, OwnerCommitResult, PartitionOwner, PlacedRecord, TakeOverOptions } from "./owner.ts";

/** A topic and those of its settings that matter to projections. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  /** Whether older records of a key are removed (Kafka's `cleanup.policy` has `compact`). */
  readonly compacted: boolean;
  /** After how many ms records expire; undefined: never. */
  readonly retentionMs: number | undefined;
  /** Which log it is of, by a name that others don't have (a Kafka cluster's id); absent: not known. */
  readonly log?: string;
}

/** What a topic should be like when it is made. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly compacted?: boolean;
  /** ms; default: never expires. */
  readonly retentionMs?: number;
}

/** Records of one partition, in order. */
export interface RecordBatch extends TopicPartition {
  /** At least one; offsets increase, with gaps where the log has them (compaction, transaction markers). */
  readonly records: readonly LogRecord[];
  /** The position behind the batch: greater than the last record's offset. */
  readonly next: number;
}

/** The offsets that a partition still has: what was before `low` has expired, `high` is the next to be written. */
export interface OffsetRange {
  readonly low: number;
  readonly high: number;
  /** From this offset on no record was removed, by compaction either; absent: that is `low`, or isn't known. */
  readonly gapless?: number;
}

/** Which end of partitions is asked for. */
export interface OffsetsOptions {
  /**
   * Whether `high` is behind what was written but can't be read yet too, of transactions under way: what was committed by now
   * stands before it. Default false. A log in which nothing can be written before it can be read has no difference.
   */
  readonly written?: boolean;
}

/** Which records of one key to read. */
export interface ReadKeyOptions extends TopicPartition {
  readonly key: string;
  /** Records from this offset on, */
  readonly from: number;
  /** and before this one. */
  readonly until: number;
  /** At most so many, at least one: the first ones of the range, or with `newest` the last ones. */
  readonly limit: number;
  readonly newest?: boolean;
  /** How many records of other keys may be looked at, where that is needed. Default 100,000. */
  readonly maxScanned?: number;
  /** How long it may take, in ms. Default 15,000. */
  readonly timeoutMs?: number;
}

/** Records of one key. */
export interface KeyRecords {
  /** In their order. */
  readonly records: readonly LogRecord[];
  /** Whether they are all that was asked for; else a bound was hit before. */
  readonly complete: boolean;
}

/** Which records of one partition to read. */
export interface ReadRangeOptions extends TopicPartition {
  /** Records from this offset on, */
  readonly from: number;
  /** and before this one; default: the partition's end, as of now. */
  readonly until?: number;
  /** At most so many, at least one. Default 10,000. */
  readonly limit?: number;
  /** How long it may take, in ms. Default 15,000. */
  readonly timeoutMs?: number;
}

/** A part of a partition. */
export interface RangeRecords {
  /** In their order. */
  readonly records: readonly LogRecord[];
  /** The position to go on from. */
  readonly next: number;
  /** Whether there is nothing more in the range. */
  readonly complete: boolean;
}

/** The processes of a group, which know of each other. */
export interface Membership {
  /** This process's own name: unique, and among the members. */
  readonly self: string;
  /** Leaves at once. Never rejects. */
  leave(): Promise<void>;
}

/** What a member is told. */
export interface MembersOptions {
  readonly group: string;
  /** Called at first when the others that are there are known, then whenever others come or go; sorted, with oneself. */
  readonly onChange: (members: readonly string[]) => void;
}

/**
 * Receives the records of the partitions that this process was given. Calls for one partition never overlap;
 * partitions are independent of each other.
 */
export interface ConsumerHandler {
  /** A partition was given to this process. Returns the offset at which delivery begins (the checkpoint). */
  assigned(of: TopicPartition, range: OffsetRange): Promise<number>;

  /**
   * Applies a batch. The batch's first offset is the position last returned, or the first one after it that exists.
   * Returns the position from which to go on: `batch.next` when all was applied, any other to be given records from
   * there instead. A promise that stays open is back-pressure: the partition waits, others go on, group membership is
   * kept. A rejection is retried from the same position, with backoff.
   */
  records(batch: RecordBatch): Promise<number>;

  /**
   * Everything up to the log's end, as of now, has been applied. Called again whenever it becomes true again. `next` is
   * the consumer's position, which markers and aborted records may have moved past the last batch's `next`; records of
   * a transaction that is still open are beyond the end.
   */
  caughtUp(of: TopicPartition, next: number): void;

  /**
   * The partition was taken away; a batch under way may still end, and its commit is fenced by the checkpoint. A
   * consumer that stops takes nothing away: this is not called.
   */
  revoked(of: TopicPartition): Promise<void>;
}

/** What to consume. */
export interface ConsumeOptions {
  /** The consumer group: partitions are shared among the processes of a group. */
  readonly group: string;
  /**
   * Whether this consumer alone reads everything, whatever others read: the adapter makes it a group of its own, whose
   * name begins with `group`; nothing is stored for it, and it is removed when the consumer stops. Default false.
   */
  readonly ephemeral?: boolean;
  readonly topics: readonly string[];
  /** Bytes of records held ready for each partition, and so the largest batch. Default 8 MiB. */
  readonly maxBatchBytes?: number;
}

/** A running consumer. */
export interface Consumer {
  /** Stops delivery, waits for batches under way, leaves the group. */
  stop(): Promise<void>;
}

/**
 * The ordered, partitioned log of records.
 *
 * For who implements it:
 * - A key's partition is Kafka's default (murmur2 of the key's bytes modulo the partitions), on every back-end.
 * - `append` may be called any number of times without waiting. Records of one key land in the order of the calls, and
 *   none lands after an earlier one of its key was rejected while both waited. It resolves only when the record is
 *   durable. The caller's wait is bounded (default 10 s): then `APPEND_UNKNOWN`, while the outcome is open.
 * - A broken connection is the adapter's to mend, with backoff; calls meanwhile fail with the retriable
 *   `EVENT_LOG_UNAVAILABLE` or wait within their bound.
 * - A consumer never skips and never repeats within an assignment, except as the handler asks; after a rebalance the
 *   handler says where to begin.
 * - Records of aborted transactions are never delivered.
 */
export interface EventLog {
  /** The named topics that exist. */
  describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]>;

  /** Makes the topics that don't exist yet; leaves others as they are. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;

  /**
   * Appends one record.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_TOO_LARGE`, `APPEND_FAILED` (certainly not written),
   *   `APPEND_UNKNOWN` (may or may not be written), `EVENT_LOG_UNAVAILABLE`.
   */
  append(record: NewRecord): Promise<Position>;

  /** Starts a consumer; resolves when it has joined its group. @throws EventQLError `TOPIC_NOT_FOUND`. */
  consume(options: ConsumeOptions, handler: ConsumerHandler): Promise<Consumer>;

  /**
   * Whether {@link readKey} finds a key's records at once, whatever lies between them, and {@link offsets} tell from where on
   * none was removed: they need not be kept anywhere else.
   */
  readonly findsKeys: boolean;

  /**
   * Reads records of one key. Where the log can't find them by their key, those of the range are looked at one by one,
   * within the bounds that are given: that takes seconds.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`.
   */
  readKey(options: ReadKeyOptions): Promise<KeyRecords>;

  /**
   * Reads a part of a partition, from its beginning, as far as its bounds allow.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`.
   */
  readRange(options: ReadRangeOptions): Promise<RangeRecords>;

  /**
   * Becomes the one owner of a partition of input: whoever owned it before can't commit any more, and a transaction of
   * theirs that was open is aborted, or was committed whole, when this resolves.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`.
   */
  takeOver(options: TakeOverOptions): Promise<PartitionOwner>;

  /**
   * The input position that the last commit of any owner of a name stored, by the partition of the topic; undefined: there
   * was none. Nobody is fenced.
   * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`.
   */
  committed(name: string, topic: string): Promise<readonly (number | undefined)[]>;

  /**
   * Joins a group of processes that share work. It only says who is there, soon and not always to all at the same time:
   * what two may think is theirs has to be guarded otherwise, by {@link takeOver}.
   * @throws EventQLError `EVENT_LOG_UNAVAILABLE`.
   */
  join(options: MembersOptions): Promise<Membership>;

  /** The offsets of each partition of a topic, by partition number. @throws EventQLError `TOPIC_NOT_FOUND`. */
  offsets(topic: string, options?: OffsetsOptions): Promise<readonly OffsetRange[]>;

  /** Resolves when the log answers. @throws EventQLError `EVENT_LOG_UNAVAILABLE`. */
  ping(): Promise<void>;

  /** Ends consumers and appends under way, then disconnects. */
  close(): Promise<void>;
}
