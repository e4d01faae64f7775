import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { ReadKeyOptions } from "../event-log.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log_keys (
  topic INTEGER NOT NULL,
  key BLOB NOT NULL,
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  PRIMARY KEY (topic, key, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_keys_next (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
`;

/** Offsets that are indexed in one transaction: some 50 ms. */
const STEP = 20_000;

const OF_KEY = `
SELECT r.offset, r.timestamp, r.key, r.value, r.headers
FROM log_keys k JOIN log_records r ON r.topic = k.topic AND r.partition = k.partition AND r.offset = k.offset
WHERE k.topic = ? AND k.key = ? AND k.partition = ? AND k.offset >= ? AND k.offset < ?
ORDER BY k.offset`;

/**
 * Where the records of each key stand. It is brought up to date when it is read, many records at a time in the order of
 * their keys: kept with each append it would cost most of what that costs.
 */
export class KeyIndex {
  readonly #transaction: <T>(work: () => T) => T;
  readonly #next: StatementSync;
  readonly #setNext: StatementSync;
  readonly #add: StatementSync;
  readonly #oldest: StatementSync;
  readonly #newest: StatementSync;

  constructor(db: DatabaseSync, transaction: <T>(work: () => T) => T) {
    db.exec(SCHEMA);
    this.#transaction = transaction;
    this.#next = db.prepare("SELECT next FROM log_keys_next WHERE topic = ? AND partition = ?");
    this.#setNext = db.prepare("INSERT OR REPLACE INTO log_keys_next VALUES (?, ?, ?)");
    this.#add = db.prepare(
      "INSERT OR IGNORE INTO log_keys SELECT topic, key, partition, offset FROM log_records WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? AND key IS NOT NULL ORDER BY key, offset",
    );
    this.#oldest = db.prepare(`${OF_KEY} LIMIT ?`);
    this.#newest = db.prepare(`${OF_KEY} DESC LIMIT ?`);
  }

  /** Brings the index of a partition some way towards an offset; returns whether it has got there. */
  advance(topic: number, partition: number, until: number): boolean {
    if (this.#nextOf(topic, partition) >= until) return true;
    return this.#transaction(() => {
      const from = this.#nextOf(topic, partition);
      const next = Math.min(from + STEP, until);
      this.#add.run(topic, partition, from, next);
      this.#setNext.run(topic, partition, next);
      return next >= until;
    });
  }

  /** The rows of a key in a range of its partition: the first ones of it, or the last ones; in their order. */
  read(
    topic: number,
    { key, partition, from, until, limit, newest = false }: ReadKeyOptions,
  ): Record<string, SQLOutputValue>[] {
    const rows = (newest ? this.#newest : this.#oldest).all(topic, Buffer.from(key), partition, from, until, limit);
    return newest ? rows.reverse() : rows;
  }

  #nextOf(topic: number, partition: number): number {
    return Number(this.#next.get(topic, partition)?.["next"] ?? 0);
  }
}
