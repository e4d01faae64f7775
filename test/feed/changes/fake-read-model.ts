import { EventQLError } from "../../../src/errors.ts";
import { compareValues } from "../../../src/read-model/query/compare.ts";
import { compileFilter } from "../../../src/read-model/query/filter.ts";
import type {
  ChangeListener,
  ChangeWatch,
  DocumentChange,
  Filter,
  ReadChangesOptions,
  ReadModel,
  Snapshot,
  StoredDocument,
} from "../../../src/read-model/read-model.ts";

export type FeedReadModel = Pick<ReadModel, "watchChanges" | "readChanges" | "snapshot">;

/** A step of a reading, which a test may hold up. */
export type Gate = (step: "watch" | "change" | "snapshot" | "row") => Promise<void>;

/** A write: a document to put, or the key of one to delete. */
export type Write = StoredDocument | string;

/** The position of the change of that number; numbers begin at 1. */
export function positionOf(number: number): string {
  return String(number).padStart(8, "0");
}

/** A read model in memory whose changes are told only when the test says so. */
export class FakeReadModel implements FeedReadModel {
  readonly log: DocumentChange[] = [];
  readonly listeners: Set<ChangeListener> = new Set();
  /** How many watches were begun, and readings of changes and snapshots made. */
  readonly calls: Record<"watches" | "readings" | "snapshots", number> = { watches: 0, readings: 0, snapshots: 0 };
  gate: Gate = async () => {};
  /** Changes up to this number are forgotten. */
  expired = 0;
  /** Readings that haven't ended. */
  running = 0;
  readonly #keepsPrevious: boolean;
  #told = 0;

  constructor(keepsPrevious = false) {
    this.#keepsPrevious = keepsPrevious;
  }

  /** The documents of a collection after so many changes, in the order of `_id`. */
  documentsAt(collection: string, number: number): readonly StoredDocument[] {
    const documents = new Map<string, StoredDocument>();
    for (const change of this.log.slice(0, number)) {
      if (change.collection !== collection) continue;
      if (change.document === undefined) documents.delete(change.id);
      else documents.set(change.id, change.document);
    }
    return [...documents.values()].sort((a, b) => compareValues(a._id, b._id));
  }

  /** Commits without telling; what would change nothing is left out. */
  commit(collection: string, ...writes: readonly Write[]): void {
    for (const write of writes) {
      const id = typeof write === "string" ? write : write._id;
      const before = this.documentsAt(collection, this.log.length).find((document) => document._id === id);
      const document = typeof write === "string" ? undefined : write;
      if (document === undefined && before === undefined) continue;
      const existing = before === undefined ? "insert" : "update";
      this.log.push({
        collection,
        id,
        operation: document === undefined ? "delete" : existing,
        document,
        previous: this.#keepsPrevious ? before : undefined,
        position: positionOf(this.log.length + 1),
      });
    }
  }

  /** The number of the last change that was told. */
  get told(): number {
    return this.#told;
  }

  /** Tells up to so many changes that weren't told. */
  tell(count: number = Number.POSITIVE_INFINITY): void {
    for (let left = count; left > 0; left--) {
      const change = this.log[this.#told];
      if (change === undefined) return;
      this.#told++;
      for (const listener of this.listeners) listener.changed(change);
    }
  }

  /** Commits and tells at once. */
  put(collection: string, ...writes: readonly Write[]): void {
    this.commit(collection, ...writes);
    this.tell();
  }

  lose(): void {
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener.lost(new EventQLError("CURSOR_EXPIRED", "Changes were lost."));
  }

  async watchChanges(listener: ChangeListener): Promise<ChangeWatch> {
    this.calls.watches++;
    this.listeners.add(listener);
    await this.gate("watch");
    return {
      position: () => positionOf(this.#told),
      stop: async () => void this.listeners.delete(listener),
    };
  }

  async *readChanges({ collection, after, until, signal }: ReadChangesOptions): AsyncGenerator<DocumentChange, void> {
    this.calls.readings++;
    this.running++;
    try {
      if (after < positionOf(this.expired)) throw new EventQLError("CURSOR_EXPIRED", "The changes aren't kept.");
      for (let next = Number(after); ; next++) {
        await this.gate("change");
        const change = this.log[next];
        if (signal.aborted || change === undefined || change.position > until) return;
        if (change.collection === collection) yield change;
      }
    } finally {
      this.running--;
    }
  }

  async snapshot(collection: string, { filter, signal }: { filter: Filter; signal: AbortSignal }): Promise<Snapshot> {
    this.calls.snapshots++;
    await this.gate("snapshot");
    const matches = compileFilter(filter);
    const documents = this.documentsAt(collection, this.log.length).filter(matches);
    return { position: positionOf(this.log.length), documents: this.#rows(documents, signal) };
  }

  async *#rows(documents: readonly StoredDocument[], signal: AbortSignal): AsyncGenerator<StoredDocument, void> {
    this.running++;
    try {
      for (const document of documents) {
        await this.gate("row");
        if (signal.aborted) return;
        yield document;
      }
    } finally {
      this.running--;
    }
  }
}
