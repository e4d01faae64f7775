import type { EventQLError } from "../errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Value } from "../model/value.ts";
import type { Commit, CommitResult, StoredDocument } from "./commit.ts";

export type { CheckpointMove, CollectionWrites, Commit, CommitResult, StoredDocument } from "./commit.ts";

/** A filter in MongoDB's query language. */
export type Filter = Readonly<Record<string, unknown>>;

/** An order in MongoDB's form: field path to 1 or -1, most significant first. */
export type Sort = Readonly<Record<string, 1 | -1>>;

/** What to read of a collection. */
export interface FindOptions {
  readonly filter: Filter;
  readonly sort?: Sort;
  readonly skip?: number;
  /** At most so many documents; 0 is none, not all. */
  readonly limit?: number;
  /** Paths to return (`_id` always is); default: everything. */
  readonly fields?: readonly string[];
  /** See at least everything up to the newest checkpoint that this process was told of. */
  readonly causal?: boolean;
  /** ms after which the read is given up with `READ_MODEL_UNAVAILABLE`. Default 5,000. */
  readonly timeoutMs?: number;
  /**
   * A read that would examine more documents than this is refused with `QUERY_TOO_EXPENSIVE`, before it runs. What it
   * would examine is estimated from the collection's size and the indexes that the read can use. Default: no limit.
   */
  readonly maxExamined?: number;
}

/** How a pipeline is run. */
export type AggregateOptions = Pick<FindOptions, "causal" | "timeoutMs" | "maxExamined">;

/** A read of a collection: of documents, or by a pipeline. */
export type Read = { readonly find: FindOptions } | { readonly pipeline: readonly Filter[] };

/** How a read was carried out. */
export interface Explanation {
  /** The indexes that were used, `_id_` the one of the ids; null: each document of the collection was looked at. */
  readonly index: string | null;
  readonly documentsExamined: number;
  readonly documentsReturned: number;
  /** On the server. */
  readonly milliseconds: number;
}

/** A step of {@link ReadModel.keepIndexes}. */
export interface IndexStep {
  /** Its name in the store. */
  readonly index: string;
  readonly step: "begun" | "built" | "dropped";
}

/** Who is told of the steps, and what ends the wait. */
export interface KeepIndexesOptions {
  /** Gives up the wait; a build under way may go on in the store. */
  readonly signal: AbortSignal;
  readonly onStep: (step: IndexStep) => void;
}

/** When documents are removed by themselves. */
export interface Expiry {
  /** Of the documents: a date. One without it never expires. */
  readonly field: string;
  /** How long after it, in ms. */
  readonly afterMs: number;
}

/** A collection to have ready. */
export interface CollectionSpec {
  readonly name: string;
  /** Whether changes carry the document as it was before. Default false; it may be turned on or off later. */
  readonly previous?: boolean;
  /** Indexes by their fields, in order. */
  readonly indexes?: readonly Sort[];
  /**
   * When its documents expire; it may be changed later. An expired document may still be returned for some minutes.
   * Absent: as it was said before, at first `never`.
   */
  readonly expire?: Expiry | "never";
  /**
   * Whether processes that don't keep the documents write to it too, where one process alone keeps them. Its documents are
   * few. Default false.
   */
  readonly shared?: boolean;
}

/**
 * A change of one document that was committed: a batch's events of a key are one change. A document that was replaced by
 * an equal one may be told of or not.
 */
export interface DocumentChange {
  readonly collection: string;
  /** The document's `_id`. */
  readonly id: string;
  readonly operation: "insert" | "update" | "delete";
  /** As it is after the change; undefined where it was deleted. */
  readonly document: StoredDocument | undefined;
  /** As it was before; undefined where it is new, or its collection keeps no previous ones. */
  readonly previous: StoredDocument | undefined;
  /** Where the change stands: see {@link ReadModel.watchChanges}. */
  readonly position: string;
}

/** Receives the changes of all collections but EventQL's own, in order. */
export interface ChangeListener {
  /** Must not throw, and must not take long: others wait behind it. */
  changed(change: DocumentChange): void;
  /**
   * Whether changes of the collection are of use to it: where not, it is not lost when the collection is dropped. Default:
   * those of all collections are.
   */
  follows?(collection: string): boolean;
  /** The watch has ended, for changes between were lost (`CURSOR_EXPIRED`): read what there is, and watch anew. */
  lost(error: EventQLError): void;
}

/** A running watch. */
export interface ChangeWatch {
  /** Everything up to here has been told, or was there before: grows, also while nothing changes. */
  position(): string;
  stop(): Promise<void>;
}

/** What to read of the changes that were. */
export interface ReadChangesOptions {
  readonly collection: string;
  /** Changes after this position, which may be one of another process. */
  readonly after: string;
  /** No change after this position is read: the reading ends. */
  readonly until: string;
  readonly signal: AbortSignal;
}

/** A collection as it stood at one position. */
export interface Snapshot {
  /** All changes up to here are in the documents, and none after it. */
  readonly position: string;
  /** In the order of `_id`. Reading slowly is allowed, within minutes. */
  readonly documents: AsyncIterable<StoredDocument>;
}

/**
 * Where documents are kept and queried, in MongoDB's query language.
 *
 * For who implements it: values are the stored form of `model/value.ts` and come back equal to what was written,
 * `bigint`, `Date` and `Uint8Array` included; a number and a bigint compare by their value. Commits of different
 * checkpoints may run at the same time. Reads see only committed states. Where the store can't be reached calls fail
 * with the retriable `READ_MODEL_UNAVAILABLE` in bounded time; nobody retries but the caller.
 */
export interface ReadModel {
  /** Makes collections and indexes that don't exist yet. May be repeated, and run by several processes at once. */
  ensureCollections(collections: readonly CollectionSpec[]): Promise<void>;

  /** Removes collections with their documents and indexes; nobody is told of each. One that isn't there is no matter. */
  dropCollections(names: readonly string[]): Promise<void>;

  /** Removes the documents of one of EventQL's own collections that match, in no transaction. */
  removeDocuments(collection: string, filter: Filter): Promise<void>;

  find(collection: string, options: FindOptions): Promise<readonly StoredDocument[]>;

  /** Runs an aggregation pipeline. */
  aggregate(
    collection: string,
    pipeline: readonly Filter[],
    options?: AggregateOptions,
  ): Promise<readonly Readonly<Record<string, Value | undefined>>[]>;

  /** Carries out a read, and tells how. */
  explain(collection: string, read: Read): Promise<Explanation>;

  /**
   * Makes the indexes of a collection those that are wanted, and resolves when they are built, which takes long where
   * there are many documents; reads and commits go on meanwhile. Indexes that an earlier call made and that aren't wanted
   * any more are dropped, those that other people made are left. Several processes may do so at once.
   */
  keepIndexes(collection: string, wanted: readonly Sort[], options: KeepIndexesOptions): Promise<void>;

  /** The projection's checkpoints, in no order: of all topics, or of one. */
  checkpoints(projection: string, topic?: string): Promise<readonly Checkpoint[]>;

  /** Stores the checkpoint if its projection has none of that partition; returns the one that is stored. */
  openCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint>;

  /** Removes the projection's checkpoints, of all topics or of one: commits that would move them are fenced from then on. */
  removeCheckpoints(projection: string, topic?: string): Promise<void>;

  /**
   * Applies a batch in one transaction.
   * @throws EventQLError `COMMIT_UNKNOWN` (read the checkpoint to learn the outcome), `COMMIT_TOO_LARGE` (nothing
   *   written: split it), `READ_MODEL_UNAVAILABLE` (nothing written).
   */
  commit(commit: Commit): Promise<CommitResult>;

  /**
   * Calls back with each checkpoint that moves from now on, whichever process moved it, soon after its documents can
   * be read. Calls may be merged: the newest state of a checkpoint is always told. Returns a function that ends it.
   */
  watchCheckpoints(onMoved: (checkpoint: Checkpoint) => void): Promise<() => Promise<void>>;

  /**
   * Watches the changes of all collections from now on, whichever process makes them; resolves once none is missed. All
   * watches of a process share one upstream, which mends itself without a gap.
   *
   * Positions are texts that mean the same to every process on this store. They compare by `<`: of two changes the later
   * one's is greater. Different changes have different positions.
   */
  watchChanges(listener: ChangeListener): Promise<ChangeWatch>;

  /**
   * Reads changes that were, in order, as fast as they are taken.
   * @throws EventQLError `CURSOR_EXPIRED` where they aren't kept any more, `CURSOR_INVALID` where the position isn't one
   *   of this store, `READ_MODEL_UNAVAILABLE`.
   */
  readChanges(options: ReadChangesOptions): AsyncIterable<DocumentChange>;

  /** Reads the documents that match, all as of one moment that is not before any change that a watch has told. */
  snapshot(
    collection: string,
    options: Pick<FindOptions, "filter"> & { readonly signal: AbortSignal },
  ): Promise<Snapshot>;

  /** Resolves when the store answers and takes writes. @throws EventQLError `READ_MODEL_UNAVAILABLE`. */
  ping(): Promise<void>;

  close(): Promise<void>;
}
