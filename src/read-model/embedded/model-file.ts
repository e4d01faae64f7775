import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { z } from "zod";
import { type Checkpoint, checkpointId } from "../../model/checkpoint.ts";
import type { CollectionWrites, CommitResult, StoredDocument } from "../read-model.ts";
import { type ChangeRecording, ChangeTable, type NewChange, type RecordedChange } from "./change-table.ts";
import { fromText, toText } from "./document-text.ts";
import { isConstraintError } from "./sqlite-error.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS model_documents (
    collection TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (collection, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS model_checkpoints (
    id TEXT PRIMARY KEY, projection TEXT NOT NULL, topic TEXT NOT NULL, "partition" INTEGER NOT NULL,
    next INTEGER NOT NULL, generation INTEGER NOT NULL, partitions INTEGER NOT NULL
  ) STRICT;
`;

const storedCheckpoint = z.object({
  projection: z.string(),
  topic: z.string(),
  partition: z.number(),
  next: z.number(),
  generation: z.number(),
  partitions: z.number(),
});

const storedRow = z.object({ collection: z.string(), document: z.string() });

type Statements = Readonly<
  Record<"insert" | "replace" | "remove" | "text" | "move" | "open" | "one" | "listed", StatementSync>
>;

/** How a commit ended, and its changes in their order. */
export type FileCommit =
  | { readonly status: "committed"; readonly changes: readonly RecordedChange[] }
  | { readonly status: "fenced" | "conflict" };

/** The read model's tables in the data file. Each call is one SQLite statement or transaction and blocks until done. */
export class ModelFile {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #previous = new Set<string>();
  /** The changes that were committed. */
  readonly changes: ChangeTable;

  constructor(file: string, retainedChanges: number) {
    this.#db = new DatabaseSync(file);
    // What a power cut may lose is the newest commits, each whole: their events are applied again from the log.
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 3000;");
    this.#db.exec(TABLES);
    this.#statements = prepareStatements(this.#db);
    this.changes = new ChangeTable(this.#db, retainedChanges);
  }

  /** Sets whether the collection's changes are kept with the documents as they were before. */
  keepPrevious(collection: string, keep: boolean): void {
    if (keep) this.#previous.add(collection);
    else this.#previous.delete(collection);
  }

  keepsPrevious(collection: string): boolean {
    return this.#previous.has(collection);
  }

  /** Every stored document, oldest first. */
  *documents(): Generator<{ readonly collection: string; readonly document: StoredDocument }> {
    for (const row of this.#db.prepare("SELECT collection, document FROM model_documents ORDER BY rowid").iterate()) {
      const { collection, document } = storedRow.parse(row);
      yield { collection, document: fromText(document) };
    }
  }

  checkpoints(projection: string, topic?: string): readonly Checkpoint[] {
    const rows = this.#statements.listed.all(projection, topic ?? null);
    return rows.map(toCheckpoint);
  }

  openCheckpoint(checkpoint: Checkpoint): Checkpoint {
    const { projection, topic, partition, next, generation, partitions } = checkpoint;
    const id = checkpointId(checkpoint);
    this.#statements.open.run(id, projection, topic, partition, next, generation, partitions);
    const row = this.#statements.one.get(id);
    return row === undefined ? checkpoint : toCheckpoint(row);
  }

  /** Moves the checkpoint and writes documents in one transaction; written is all or, unless committed, nothing. */
  commit(checkpoint: Checkpoint, from: number, writes: readonly CollectionWrites[]): FileCommit {
    const recording = this.changes.begin();
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const status = this.#write(checkpoint, from, writes, recording);
      if (status === "committed") this.changes.prune(recording);
      this.#db.exec(status === "committed" ? "COMMIT" : "ROLLBACK");
      if (status !== "committed") return { status };
      this.changes.accept(recording);
      return { status, changes: recording.changes };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      if (isConstraintError(error)) return { status: "conflict" };
      throw error;
    }
  }

  ping(): void {
    this.#db.exec("BEGIN IMMEDIATE; ROLLBACK");
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #write(
    checkpoint: Checkpoint,
    from: number,
    writes: readonly CollectionWrites[],
    recording: ChangeRecording,
  ): CommitResult["status"] {
    const { next, generation, partitions } = checkpoint;
    const moved = this.#statements.move.run(next, generation, partitions, checkpointId(checkpoint), from, generation);
    if (moved.changes !== 1) return "fenced";
    return writes.every((collection) => this.#writeCollection(collection, recording)) ? "committed" : "conflict";
  }

  /** Whether every replaced document was there. */
  #writeCollection(writes: CollectionWrites, recording: ChangeRecording): boolean {
    const { collection, inserts, replacements, deletions } = writes;
    const { insert, replace, remove } = this.#statements;
    const record = isOwn(collection) ? () => {} : (change: NewChange) => this.changes.add(recording, change);
    for (const document of inserts) {
      const [id, text] = [document._id, toText(document)];
      insert.run(collection, id, text);
      record({ collection, id, operation: "insert", document, text, previous: null });
    }
    for (const document of replacements) {
      const [id, text] = [document._id, toText(document)];
      const previous = this.#previousText(collection, id);
      if (replace.run(text, collection, id).changes !== 1) return false;
      record({ collection, id, operation: "update", document, text, previous });
    }
    for (const id of deletions) {
      const previous = this.#previousText(collection, id);
      if (remove.run(collection, id).changes === 0) continue;
      record({ collection, id, operation: "delete", document: undefined, text: null, previous });
    }
    return true;
  }

  /** The stored text of a document whose collection keeps previous ones. */
  #previousText(collection: string, id: string): string | null {
    if (!this.keepsPrevious(collection)) return null;
    const text = this.#statements.text.get(collection, id)?.["document"];
    return typeof text === "string" ? text : null;
  }
}

/** Whether a collection is EventQL's own, whose changes nobody follows. */
function isOwn(collection: string): boolean {
  return collection.startsWith("eventql_");
}

function prepareStatements(db: DatabaseSync): Statements {
  return {
    insert: db.prepare("INSERT INTO model_documents (collection, id, document) VALUES (?, ?, ?)"),
    replace: db.prepare("UPDATE model_documents SET document = ? WHERE collection = ? AND id = ?"),
    remove: db.prepare("DELETE FROM model_documents WHERE collection = ? AND id = ?"),
    text: db.prepare("SELECT document FROM model_documents WHERE collection = ? AND id = ?"),
    move: db.prepare(
      "UPDATE model_checkpoints SET next = ?, generation = ?, partitions = ? WHERE id = ? AND next = ? AND generation <= ?",
    ),
    open: db.prepare("INSERT OR IGNORE INTO model_checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)"),
    listed: db.prepare("SELECT * FROM model_checkpoints WHERE projection = ? AND topic = ifnull(?, topic)"),
    one: db.prepare("SELECT * FROM model_checkpoints WHERE id = ?"),
  };
}

function toCheckpoint(row: Record<string, SQLOutputValue>): Checkpoint {
  return storedCheckpoint.parse(row);
}
