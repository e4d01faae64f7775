import {
  EventQLError,
  type LogRecord,
  type OffsetRange,
  type PlacedRecord,
  type Position,
  type TopicPartition,
  type TopicSpec,
} from "../../src/index.ts";

/** The largest record, in bytes. */
const MAX_BYTES = 1_048_576;

interface StoredTopic {
  readonly spec: TopicSpec;
  readonly partitions: LogRecord[][];
}

/** Who owns a partition of input, and how far it has come. */
interface StoredOwner {
  /** Counts takeovers: who has an older number is fenced off. */
  epoch: number;
  next: number | undefined;
}

/** What several logs of one process share, as a server would be shared by the logs of many. It forgets all at its end. */
export class MemoryStore {
  readonly #topics = new Map<string, StoredTopic>();
  readonly #owners = new Map<string, StoredOwner>();
  readonly #groups = new Map<string, Map<string, (members: readonly string[]) => void>>();
  readonly #listeners = new Set<() => void>();

  create(spec: TopicSpec): void {
    if (this.#topics.has(spec.name)) return;
    this.#topics.set(spec.name, { spec, partitions: Array.from({ length: spec.partitions }, () => []) });
  }

  specOf(topic: string): TopicSpec | undefined {
    return this.#topics.get(topic)?.spec;
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`. */
  partitionsOf(topic: string): readonly (readonly LogRecord[])[] {
    return this.#topic(topic).partitions;
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`. */
  rangeOf({ topic, partition }: TopicPartition): OffsetRange {
    return { low: 0, high: this.#records({ topic, partition }).length };
  }

  /** Records from an offset on and before another. @throws EventQLError `TOPIC_NOT_FOUND`. */
  read(of: TopicPartition, from: number, until: number): readonly LogRecord[] {
    return this.#records(of).slice(from, until);
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_TOO_LARGE`. */
  append(record: PlacedRecord): Position {
    this.#check(record);
    const position = this.#add(record);
    this.#notify();
    return position;
  }

  /** Appends what a stranger writes: a key that needn't be text. */
  appendRaw({ topic, partition, key, value }: Pick<LogRecord, "topic" | "partition" | "key" | "value">): void {
    const records = this.#records({ topic, partition });
    records.push({ topic, partition, offset: records.length, timestamp: Date.now(), key, value, headers: {} });
    this.#notify();
  }

  /** Takes an input over. Returns the number that proves it, and the position that was stored last. */
  takeOver(owner: string): Readonly<StoredOwner> {
    const stored = this.#owners.get(owner) ?? { epoch: 0, next: undefined };
    stored.epoch += 1;
    this.#owners.set(owner, stored);
    return { ...stored };
  }

  /** The position that was stored last. */
  committed(owner: string): number | undefined {
    return this.#owners.get(owner)?.next;
  }

  /** Appends all of it with the position, or nothing. False: a record would not land where it must. */
  commit(owner: string, epoch: number, records: readonly PlacedRecord[], next: number): boolean {
    const stored = this.#owners.get(owner);
    if (stored?.epoch !== epoch)
      throw new EventQLError("OWNER_FENCED", "Another owner has taken over: nothing was written.");
    for (const record of records) this.#check(record);
    const added = new Map<LogRecord[], number>();
    for (const { offset, ...of } of records) {
      const partition = this.#records(of);
      const end = partition.length + (added.get(partition) ?? 0);
      if (offset !== undefined && offset !== end) return false;
      added.set(partition, (added.get(partition) ?? 0) + 1);
    }
    for (const record of records) this.#add(record);
    stored.next = next;
    this.#notify();
    return true;
  }

  /** Joins a group. Returns what leaves it. */
  join(group: string, self: string, onChange: (members: readonly string[]) => void): () => void {
    const members = this.#groups.get(group) ?? new Map<string, typeof onChange>();
    this.#groups.set(group, members.set(self, onChange));
    const tell = (): void => {
      const names = [...members.keys()].sort();
      for (const told of members.values()) tellSafely(told, names);
    };
    tell();
    return () => {
      if (members.delete(self)) tell();
    };
  }

  /** Calls for everything that is appended, until what it returns is called. */
  listen(call: () => void): () => void {
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  #add({ topic, partition, key, value, headers }: PlacedRecord): Position {
    const records = this.#records({ topic, partition });
    const offset = records.length;
    const bytes = key === null ? null : Buffer.from(key);
    records.push({ topic, partition, offset, timestamp: Date.now(), key: bytes, value, headers });
    return { topic, partition, offset };
  }

  #check({ topic, partition, key, value }: PlacedRecord): void {
    this.#records({ topic, partition });
    const bytes = Buffer.byteLength(key ?? "") + (value?.length ?? 0);
    if (bytes > MAX_BYTES)
      throw new EventQLError("EVENT_TOO_LARGE", `The record of ${bytes} bytes is larger than ${MAX_BYTES}: split it.`);
  }

  #records({ topic, partition }: TopicPartition): LogRecord[] {
    const records = this.#topic(topic).partitions[partition];
    if (records !== undefined) return records;
    throw new EventQLError("TOPIC_NOT_FOUND", `Topic "${topic}" has no partition ${partition}.`);
  }

  #topic(name: string): StoredTopic {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    throw new EventQLError("TOPIC_NOT_FOUND", `Topic "${name}" does not exist: create it first.`);
  }

  #notify(): void {
    for (const call of this.#listeners) call();
  }
}

/** The first ones, as many as fit so many bytes of values; one at least. */
export function fitting(records: readonly LogRecord[], maxBytes: number): readonly LogRecord[] {
  let bytes = 0;
  const tooMany = records.findIndex(({ value }, at) => (bytes += value?.length ?? 0) > maxBytes && at > 0);
  return tooMany < 0 ? records : records.slice(0, tooMany);
}

/** One member's fault must not reach the others, who hear of the next change all the same. */
function tellSafely(told: (members: readonly string[]) => void, names: readonly string[]): void {
  try {
    told(names);
  } catch {
    // It is the member's own to handle.
  }
}
