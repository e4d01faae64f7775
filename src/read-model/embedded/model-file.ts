import { DatabaseSync, type StatementSync } from "node:sqlite";
import { z } from "zod";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { CheckpointMove, CollectionWrites, CommitResult, StoredDocument } from "../read-model.ts";
import { type ChangeRecording, ChangeTable, type NewChange, type RecordedChange } from "./change-table.ts";
import { CheckpointTable } from "./checkpoint-table.ts";
import { fromText, toText } from "./document-text.ts";
import { isConstraintError } from "./sqlite-error.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS model_documents (
    collection TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (collection, id)
  ) STRICT;
`;

const storedRow = z.object({ collection: z.string(), document: z.string() });

type Statements = Readonly<
  Record<"insert" | "replace" | "remove" | "drop" | "text" | "listed" | "version", StatementSync>
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
  readonly #checkpoints: CheckpointTable;
  /** The changes that were committed. */
  readonly changes: ChangeTable;

  constructor(file: string, retainedChanges: number) {
    this.#db = new DatabaseSync(file);
    // What a power cut may lose is the newest commits, each whole: their events are applied again from the log.
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 3000;");
    this.#db.exec(TABLES);
    this.#statements = prepareStatements(this.#db);
    this.#checkpoints = new CheckpointTable(this.#db);
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

  /** The documents of one collection, oldest first. */
  documentsOf(collection: string): readonly StoredDocument[] {
    return this.#statements.listed.all(collection).map((row) => fromText(String(row["document"])));
  }

  /** Changes when another connection has written to the file, whatever it wrote. */
  version(): number {
    return Number(this.#statements.version.get()?.["data_version"]);
  }

  allCheckpoints(): readonly Checkpoint[] {
    return this.#checkpoints.all();
  }

  checkpoints(projection: string, topic?: string): readonly Checkpoint[] {
    return this.#checkpoints.list(projection, topic);
  }

  openCheckpoint(checkpoint: Checkpoint): Checkpoint {
    return this.#checkpoints.open(checkpoint);
  }

  removeCheckpoints(projection: string, topic?: string): void {
    this.#checkpoints.remove(projection, topic);
  }

  /** Removes collections whole. */
  drop(collections: readonly string[]): void {
    for (const collection of collections) this.#statements.drop.run(collection);
  }

  /** Removes documents that nobody is told of. */
  remove(collection: string, ids: readonly string[]): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const id of ids) this.#statements.remove.run(collection, id);
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Moves checkpoints and writes documents in one transaction; written is all or, unless committed, nothing. */
  commit(moves: readonly CheckpointMove[], writes: readonly CollectionWrites[]): FileCommit {
    const recording = this.changes.begin();
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const status = this.#write(moves, writes, recording);
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
    moves: readonly CheckpointMove[],
    writes: readonly CollectionWrites[],
    recording: ChangeRecording,
  ): CommitResult["status"] {
    if (!moves.every(({ checkpoint, from }) => this.#checkpoints.move(checkpoint, from))) return "fenced";
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
    drop: db.prepare("DELETE FROM model_documents WHERE collection = ?"),
    listed: db.prepare("SELECT document FROM model_documents WHERE collection = ? ORDER BY rowid"),
    version: db.prepare("PRAGMA data_version"),
    text: db.prepare("SELECT document FROM model_documents WHERE collection = ? AND id = ?"),
  };
}
