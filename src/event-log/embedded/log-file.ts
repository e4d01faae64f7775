import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Headers, LogRecord } from "../../model/event.ts";
import type { OffsetRange, ReadKeyOptions, TopicDescription, TopicSpec } from "../event-log.ts";
import { KeyIndex } from "./key-index.ts";
import { type OwnerEpoch, OwnerTable } from "./owner-table.ts";
import { PartitionEnds } from "./partition-ends.ts";
import { toRecord, toText } from "./record-rows.ts";
import { type CleaningTimes, Removals } from "./removals.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log_topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  partitions INTEGER NOT NULL,
  compacted INTEGER NOT NULL,
  retention_ms INTEGER
);
CREATE TABLE IF NOT EXISTS log_partitions (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_records (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  key BLOB,
  value BLOB,
  headers TEXT,
  PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
`;

/** Other connections hold the file for moments only; a longer wait here would hold up the whole process. */
const BUSY_MS = 50;
const BUSY_AT_OPEN_MS = 5_000;
const SQLITE_BUSY = 5;

/** A topic as the file has it. */
export interface StoredTopic extends TopicDescription {
  readonly id: number;
}

/** A record to store. */
export interface StoredRecord {
  readonly topic: StoredTopic;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
  /** Where it must land; absent: anywhere. */
  readonly offset?: number | undefined;
}

/** The tables of a log in a SQLite file, which other connections and processes use as well. */
export class LogFile {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;
  readonly #next: StatementSync;
  readonly #advance: StatementSync;
  readonly #version: StatementSync;
  readonly #keys: KeyIndex;
  readonly #owners: OwnerTable;
  readonly #removals: Removals;
  readonly #topics = new Map<string, StoredTopic>();

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: BUSY_AT_OPEN_MS });
    // In WAL mode only FULL syncs the log at each commit: what is acknowledged survives a loss of power.
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.#db.exec(SCHEMA);
    this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    this.#insert = this.#db.prepare("INSERT INTO log_records VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#read = this.#db.prepare(
      "SELECT offset, timestamp, key, value, headers FROM log_records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
    );
    this.#next = this.#db.prepare("SELECT next FROM log_partitions WHERE topic = ? AND partition = ?");
    this.#advance = this.#db.prepare("UPDATE log_partitions SET next = ? WHERE topic = ? AND partition = ?");
    this.#version = this.#db.prepare("PRAGMA data_version");
    this.#keys = new KeyIndex(this.#db, (work) => this.#transaction(work));
    this.#owners = new OwnerTable(this.#db);
    this.#removals = new Removals(this.#db, { keys: this.#keys, transaction: (work) => this.#transaction(work) });
  }

  /** A topic, if it exists. Topics never change. */
  topic(name: string): StoredTopic | undefined {
    const known = this.#topics.get(name) ?? this.#readTopic(name);
    if (known !== undefined) this.#topics.set(name, known);
    return known;
  }

  /** Makes the topics that don't exist. */
  createTopics(specs: readonly TopicSpec[]): void {
    const addTopic = this.#db.prepare("INSERT OR IGNORE INTO log_topics VALUES (NULL, ?, ?, ?, ?)");
    const addPartition = this.#db.prepare("INSERT INTO log_partitions VALUES (?, ?, 0)");
    this.#transaction(() => {
      for (const { name, partitions, compacted = false, retentionMs } of specs) {
        const { changes, lastInsertRowid } = addTopic.run(name, partitions, compacted ? 1 : 0, retentionMs ?? null);
        if (changes === 0) continue;
        for (let partition = 0; partition < partitions; partition += 1) addPartition.run(lastInsertRowid, partition);
      }
    });
  }

  /** Stores records in one durable transaction. Returns the offset of each. Throws where nothing was stored. */
  append(records: readonly StoredRecord[]): number[] {
    return this.#transaction(() => this.#store(records));
  }

  /** Becomes the owner of a partition of input. */
  takeOver(name: string, topic: StoredTopic, partition: number): { owner: OwnerEpoch; next: number | undefined } {
    return this.#transaction(() => this.#owners.takeOver(name, topic.id, partition));
  }

  /** The input positions of owners, by partition. */
  committed(name: string, { id, partitions }: StoredTopic): readonly (number | undefined)[] {
    const stored = this.#owners.stored(name, id);
    return Array.from({ length: partitions }, (_, partition) => stored.get(partition));
  }

  /**
   * Stores an owner's records and its input position in one durable transaction. Where it is not committed, nothing was
   * stored: another one owns the partition, or a record would not have landed where it must.
   */
  commit(owner: OwnerEpoch, records: readonly StoredRecord[], next: number): "committed" | "moved" | "fenced" {
    return this.#transaction(() => {
      if (!this.#owners.holds(owner)) return "fenced";
      const ends = this.#ends();
      const landing = records.map(({ topic, partition }) => ends.take(topic.id, partition));
      if (records.some(({ offset }, index) => offset !== undefined && offset !== landing[index])) return "moved";
      this.#owners.move(owner, next);
      this.#store(records);
      return "committed";
    });
  }

  /** The records of a partition from an offset on: at most `maxRecords`, and about `maxBytes`, but at least one. */
  read(topic: StoredTopic, partition: number, from: number, maxRecords: number, maxBytes: number): LogRecord[] {
    const records: LogRecord[] = [];
    const of = { topic: topic.name, partition };
    let bytes = 0;
    for (const row of this.#read.iterate(topic.id, partition, from, maxRecords)) {
      const record = toRecord(row, of);
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
      if (bytes > maxBytes && records.length > 0) break;
      records.push(record);
    }
    return records;
  }

  /** Brings the index of a partition's keys some way towards an offset; returns whether it has got there. */
  indexKeys(topic: StoredTopic, partition: number, until: number): boolean {
    return this.#keys.advance(topic.id, partition, until);
  }

  /** The records of a key in a range of its partition, as far as keys were indexed, in their order. */
  readKey(topic: StoredTopic, options: ReadKeyOptions): LogRecord[] {
    const of = { topic: topic.name, partition: options.partition };
    return this.#keys.read(topic.id, options).map((row) => toRecord(row, of));
  }

  /** The offsets that a partition has. */
  range(topic: StoredTopic, partition: number): OffsetRange {
    const { low, compacted } = this.#removals.of(topic.id, partition);
    return { low, high: this.#nextOf(topic.id, partition), ...(compacted > low && { gapless: compacted }) };
  }

  /** The topics that lose records in time. */
  cleanedTopics(): readonly StoredTopic[] {
    const rows = this.#db.prepare("SELECT name FROM log_topics WHERE compacted = 1 OR retention_ms IS NOT NULL").all();
    return rows.flatMap(({ name }) => this.topic(String(name)) ?? []);
  }

  /** Removes some records of a partition; returns whether there may be more to remove. */
  clean({ id }: StoredTopic, partition: number, times: CleaningTimes): boolean {
    return this.#removals.step(id, partition, times);
  }

  /** A number that differs once another connection has changed the file. */
  version(): number {
    return Number(this.#version.get()?.["data_version"]);
  }

  close(): void {
    this.#db.close();
  }

  #readTopic(name: string): StoredTopic | undefined {
    const row = this.#db
      .prepare("SELECT id, partitions, compacted, retention_ms FROM log_topics WHERE name = ?")
      .get(name);
    if (row === undefined) return undefined;
    const retention = row["retention_ms"];
    return {
      id: Number(row["id"]),
      name,
      partitions: Number(row["partitions"]),
      compacted: Number(row["compacted"]) === 1,
      retentionMs: retention === null ? undefined : Number(retention),
    };
  }

  #store(records: readonly StoredRecord[]): number[] {
    const now = Date.now();
    const ends = this.#ends();
    const offsets = records.map(({ topic, partition, key, value, headers }) => {
      const offset = ends.take(topic.id, partition);
      this.#insert.run(topic.id, partition, offset, now, key, value, toText(headers));
      return offset;
    });
    for (const { topic, partition, next } of ends.moved()) this.#advance.run(next, topic, partition);
    return offsets;
  }

  #ends(): PartitionEnds {
    return new PartitionEnds((topic, partition) => this.#nextOf(topic, partition));
  }

  #nextOf(topic: number, partition: number): number {
    return Number(this.#next.get(topic, partition)?.["next"] ?? 0);
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Whether an operation failed because another connection holds the file: it may be tried again. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === SQLITE_BUSY;
}
