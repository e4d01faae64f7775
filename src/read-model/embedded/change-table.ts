import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { z } from "zod";
import { cursorExpired, cursorInvalid } from "../change-errors.ts";
import type { DocumentChange, StoredDocument } from "../read-model.ts";
import { fromText } from "./document-text.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS model_changes (
    seq INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL, operation TEXT NOT NULL,
    document TEXT, previous TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS model_store (
    one INTEGER PRIMARY KEY, id TEXT NOT NULL, opening INTEGER NOT NULL, pruned INTEGER NOT NULL
  ) STRICT;
`;

/**
 * Changes are numbered anew above this with each opening of the file: a power cut may lose the newest commits, whose
 * numbers may have been told, and must not be given to other changes. A safe integer has room for 2 million openings of
 * 4 thousand million changes.
 */
const OPENING = 2 ** 32;

/** Digits of the greatest safe integer, so that numbers compare as texts. */
const DIGITS = 16;

/** Rows read at a time. */
const PAGE = 500;

/** The part of the changes kept that may gather beyond the bound before they are removed. */
const SLACK = 0.01;

const storeRow = z.object({ id: z.string(), opening: z.number(), pruned: z.number() });
const changeRow = z.object({
  seq: z.number(),
  id: z.string(),
  operation: z.enum(["insert", "update", "delete"]),
  document: z.string().nullable(),
  previous: z.string().nullable(),
});
const seqRow = z.object({ seq: z.number().nullable() });
const countRow = z.object({ count: z.number() });

/** A change to write down. */
export interface NewChange {
  readonly collection: string;
  readonly id: string;
  readonly operation: DocumentChange["operation"];
  /** As it is after the change, and its text. */
  readonly document: StoredDocument | undefined;
  readonly text: string | null;
  /** The text as it was before, where it is kept. */
  readonly previous: string | null;
}

/** A change that was committed. */
export type RecordedChange = Omit<NewChange, "text" | "previous"> & { readonly position: string };

/** The changes of a transaction that isn't committed yet. */
export interface ChangeRecording {
  readonly changes: RecordedChange[];
  given: number;
  kept: number;
  pruned: number;
}

type Statements = Readonly<Record<"add" | "page" | "nth" | "prune" | "notePruned", StatementSync>>;

/** The newest changes of documents, in the order of their commits. */
export class ChangeTable {
  readonly #db: DatabaseSync;
  readonly #retained: number;
  readonly #statements: Statements;
  readonly #store: string;
  /** The newest number that was given, once this opening has its numbers. */
  #given: number | undefined;
  #newest: number;
  #kept: number;
  #pruned: number;
  #opening: number;

  constructor(db: DatabaseSync, retained: number) {
    this.#db = db;
    this.#retained = retained;
    db.exec(TABLES);
    this.#statements = prepareStatements(db);
    const { id, opening, pruned } = openStore(db);
    this.#store = id;
    this.#opening = opening;
    this.#pruned = pruned;
    this.#newest = seqRow.parse(db.prepare("SELECT max(seq) AS seq FROM model_changes").get()).seq ?? pruned;
    this.#kept = countRow.parse(db.prepare("SELECT count(*) AS count FROM model_changes").get()).count;
  }

  /** The position of the newest committed change. */
  get position(): string {
    return this.#positionOf(this.#newest);
  }

  /** Begins to record a transaction's changes; is called before the transaction. */
  begin(): ChangeRecording {
    this.#given ??= this.#nextOpening();
    return { changes: [], given: this.#given, kept: this.#kept, pruned: this.#pruned };
  }

  /** Writes a change down, within the transaction. */
  add(recording: ChangeRecording, { text, previous, ...change }: NewChange): void {
    const seq = ++recording.given;
    recording.kept++;
    this.#statements.add.run(seq, change.collection, change.id, change.operation, text, previous);
    recording.changes.push({ ...change, position: this.#positionOf(seq) });
  }

  /** Removes the oldest changes beyond the bound, within the transaction. */
  prune(recording: ChangeRecording): void {
    const excess = recording.kept - this.#retained;
    if (excess <= this.#retained * SLACK) return;
    const { seq } = seqRow.parse(this.#statements.nth.get(excess - 1));
    if (seq === null) return;
    this.#statements.prune.run(seq);
    this.#statements.notePruned.run(seq);
    recording.kept -= excess;
    recording.pruned = seq;
  }

  /** Takes over what was recorded, after the transaction was committed. */
  accept({ changes, given, kept, pruned }: ChangeRecording): void {
    if (changes.length > 0) this.#newest = given;
    this.#given = given;
    this.#kept = kept;
    this.#pruned = pruned;
  }

  /**
   * Reads a collection's changes within `(after, until]`.
   * @throws EventQLError `CURSOR_INVALID`, `CURSOR_EXPIRED`.
   */
  *read(collection: string, after: string, until: string): Generator<DocumentChange, void> {
    let last = this.#seqOf(after);
    const end = this.#seqOf(until);
    for (;;) {
      if (last < this.#pruned) throw cursorExpired(`the newest ${this.#retained} changes are kept`);
      const rows = this.#statements.page.all(collection, last, end, PAGE).map(toRow);
      for (const row of rows) yield this.#toChange(collection, row);
      if (rows.length < PAGE) return;
      last = rows.at(-1)?.seq ?? end;
    }
  }

  #toChange(collection: string, { seq, id, operation, document, previous }: z.infer<typeof changeRow>): DocumentChange {
    return {
      collection,
      id,
      operation,
      document: document === null ? undefined : fromText(document),
      previous: previous === null ? undefined : fromText(previous),
      position: this.#positionOf(seq),
    };
  }

  /** Makes sure that the numbers of this opening are never given again, a power cut notwithstanding. */
  #nextOpening(): number {
    this.#db.exec("PRAGMA synchronous = FULL");
    const { opening } = storeRow.parse(
      this.#db.prepare("UPDATE model_store SET opening = opening + 1 RETURNING *").get(),
    );
    this.#db.exec("PRAGMA synchronous = NORMAL");
    this.#opening = opening;
    return opening * OPENING;
  }

  #positionOf(seq: number): string {
    return `${this.#store}/${String(seq).padStart(DIGITS, "0")}`;
  }

  #seqOf(position: string): number {
    const [, store, digits] = /^([0-9a-f]{16})\/(\d{16})$/.exec(position) ?? [];
    if (store === undefined) throw cursorInvalid("it is no position of an embedded read model");
    if (store !== this.#store) throw cursorInvalid("it is of another data folder");
    const seq = Number(digits);
    if (seq >= (this.#opening + 1) * OPENING) throw cursorInvalid("it is of a change that never was");
    return seq;
  }
}

function openStore(db: DatabaseSync): z.infer<typeof storeRow> {
  const select = db.prepare("SELECT * FROM model_store");
  if (select.get() === undefined)
    db.exec("INSERT OR IGNORE INTO model_store VALUES (1, lower(hex(randomblob(8))), 0, 0)");
  return storeRow.parse(select.get());
}

function prepareStatements(db: DatabaseSync): Statements {
  return {
    add: db.prepare("INSERT INTO model_changes VALUES (?, ?, ?, ?, ?, ?)"),
    page: db.prepare("SELECT * FROM model_changes WHERE collection = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"),
    nth: db.prepare("SELECT seq FROM model_changes ORDER BY seq LIMIT 1 OFFSET ?"),
    prune: db.prepare("DELETE FROM model_changes WHERE seq <= ?"),
    notePruned: db.prepare("UPDATE model_store SET pruned = ?"),
  };
}

function toRow(row: Record<string, SQLOutputValue>): z.infer<typeof changeRow> {
  return changeRow.parse(row);
}
