import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { KeyIndex } from "./key-index.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log_removals (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  low INTEGER NOT NULL,
  compacted INTEGER NOT NULL,
  swept INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
`;

/** Records that are looked at in one transaction: some milliseconds. */
const ROWS = 500;

/** What was removed of a partition. */
export interface Removed {
  /** Everything before this offset has expired. */
  readonly low: number;
  /** Each record before this offset stands for the earlier ones of its key: these are gone. */
  readonly compacted: number;
  /** Before this offset, tombstones are gone too. */
  readonly swept: number;
}

/** A record as the cleaner sees it. */
interface Row {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly isTombstone: boolean;
}

/** One kind of removal: from where on, of which records what goes, and how far that got. */
interface Step {
  readonly from: (removed: Removed) => number;
  readonly isMeant: (row: Row) => boolean;
  readonly remove: (row: Row) => void;
  readonly moved: (removed: Removed, offset: number) => Removed;
}

const NOTHING: Removed = { low: 0, compacted: 0, swept: 0 };

/** Up to which times records may go, in ms. */
export interface CleaningTimes {
  /** What is older has expired; undefined: nothing ever does. */
  readonly expired: number | undefined;
  /** What is older may stand for earlier records of its key; undefined: the topic isn't compacted. */
  readonly compacted: number | undefined;
  /** Tombstones that are older may go, where the topic is compacted. */
  readonly swept: number;
}

/** What removals need besides their tables. */
export interface RemovalsOptions {
  readonly keys: Pick<KeyIndex, "advance">;
  readonly transaction: <T>(work: () => T) => T;
}

/** Removes records of partitions, a few at a time, and remembers which. */
export class Removals {
  readonly #options: RemovalsOptions;
  readonly #stored: StatementSync;
  readonly #store: StatementSync;
  readonly #rows: StatementSync;
  readonly #older: StatementSync;
  readonly #removeRecord: StatementSync;
  readonly #removeKey: StatementSync;

  constructor(db: DatabaseSync, options: RemovalsOptions) {
    db.exec(SCHEMA);
    this.#options = options;
    this.#stored = db.prepare("SELECT low, compacted, swept FROM log_removals WHERE topic = ? AND partition = ?");
    this.#store = db.prepare("INSERT OR REPLACE INTO log_removals VALUES (?, ?, ?, ?, ?)");
    this.#rows = db.prepare(
      "SELECT offset, timestamp, key, value IS NULL AS tombstone FROM log_records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
    );
    this.#older = db.prepare(
      "SELECT offset FROM log_keys WHERE topic = ? AND key = ? AND partition = ? AND offset < ?",
    );
    this.#removeRecord = db.prepare("DELETE FROM log_records WHERE topic = ? AND partition = ? AND offset = ?");
    this.#removeKey = db.prepare("DELETE FROM log_keys WHERE topic = ? AND key = ? AND partition = ? AND offset = ?");
  }

  /** What was removed of a partition so far. */
  of(topic: number, partition: number): Removed {
    const row = this.#stored.get(topic, partition);
    if (row === undefined) return NOTHING;
    return { low: Number(row["low"]), compacted: Number(row["compacted"]), swept: Number(row["swept"]) };
  }

  /** Removes some records of a partition; returns whether there may be more to remove. */
  step(topic: number, partition: number, { expired, compacted, swept }: CleaningTimes): boolean {
    if (expired !== undefined && this.#expire(topic, partition, expired)) return true;
    if (compacted === undefined) return false;
    return this.#compact(topic, partition, compacted) || this.#sweep(topic, partition, swept);
  }

  /** What is oldest goes first: nothing behind a record goes before it. */
  #expire(topic: number, partition: number, until: number): boolean {
    return this.#stepped(topic, partition, {
      from: ({ low }) => low,
      isMeant: ({ timestamp }) => timestamp <= until,
      remove: (row) => this.#remove(topic, partition, row),
      moved: (removed, low) => ({ ...removed, low }),
    });
  }

  /** Removes what records stand for: the earlier ones of their keys. */
  #compact(topic: number, partition: number, until: number): boolean {
    const isMeant = ({ timestamp }: Row): boolean => timestamp <= until;
    const { compacted } = this.of(topic, partition);
    const next = behind(this.#from(topic, partition, compacted, isMeant).rows, compacted);
    if (!this.#options.keys.advance(topic, partition, next)) return true;
    return this.#stepped(topic, partition, {
      from: (removed) => removed.compacted,
      isMeant: (row) => isMeant(row) && row.offset < next,
      remove: ({ key, offset }) => {
        if (key === null) return;
        for (const older of this.#older.all(topic, key, partition, offset))
          this.#remove(topic, partition, { key, offset: Number(older["offset"]) });
      },
      moved: (removed, offset) => ({ ...removed, compacted: offset }),
    });
  }

  /** Removes tombstones that nothing is left before. */
  #sweep(topic: number, partition: number, until: number): boolean {
    const { compacted } = this.of(topic, partition);
    return this.#stepped(topic, partition, {
      from: ({ swept }) => swept,
      isMeant: ({ timestamp, offset }) => timestamp <= until && offset < compacted,
      remove: (row) => {
        if (row.isTombstone) this.#remove(topic, partition, row);
      },
      moved: (removed, swept) => ({ ...removed, swept }),
    });
  }

  #stepped(topic: number, partition: number, { from, isMeant, remove, moved }: Step): boolean {
    const due = this.#from(topic, partition, from(this.of(topic, partition)), isMeant);
    if (due.rows.length === 0) return false;
    return this.#options.transaction(() => {
      const removed = this.of(topic, partition);
      const { rows, more } = this.#from(topic, partition, from(removed), isMeant);
      for (const row of rows) remove(row);
      const { low, compacted, swept } = moved(removed, behind(rows, from(removed)));
      this.#store.run(topic, partition, low, Math.max(compacted, low), Math.max(swept, low));
      return more;
    });
  }

  #from(
    topic: number,
    partition: number,
    from: number,
    isMeant: (row: Row) => boolean,
  ): { readonly rows: readonly Row[]; readonly more: boolean } {
    const rows = this.#rows.all(topic, partition, from, ROWS).map(toRow);
    const end = rows.findIndex((row) => !isMeant(row));
    return { rows: end < 0 ? rows : rows.slice(0, end), more: end < 0 && rows.length === ROWS };
  }

  #remove(topic: number, partition: number, { key, offset }: Pick<Row, "key" | "offset">): void {
    this.#removeRecord.run(topic, partition, offset);
    if (key !== null) this.#removeKey.run(topic, key, partition, offset);
  }
}

function behind(rows: readonly Row[], otherwise: number): number {
  const last = rows.at(-1);
  return last === undefined ? otherwise : last.offset + 1;
}

function toRow({ offset, timestamp, key, tombstone }: Record<string, SQLOutputValue>): Row {
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: key instanceof Uint8Array ? key : null,
    isTombstone: Number(tombstone) === 1,
  };
}
