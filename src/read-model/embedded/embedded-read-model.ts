import { EventQLError } from "../../errors.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Value } from "../../model/value.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ChangeListeners } from "../change-listeners.ts";
import { CheckpointWatchers } from "../checkpoint-watchers.ts";
import { isPlainObject } from "../query/compare.ts";
import type { Source } from "../query/join.ts";
import { runPipeline } from "../query/pipeline.ts";
import type {
  AggregateOptions,
  ChangeListener,
  ChangeWatch,
  CollectionSpec,
  Commit,
  CommitResult,
  DocumentChange,
  Explanation,
  Filter,
  FindOptions,
  Read,
  ReadChangesOptions,
  ReadModel,
  Snapshot,
  StoredDocument,
} from "../read-model.ts";
import type { RecordedChange } from "./change-table.ts";
import { Collections } from "./collections.ts";
import { ModelFile } from "./model-file.ts";
import { OtherWriters } from "./other-writers.ts";
import { checkScan, scanOf } from "./scan-limit.ts";
import { toReadModelError } from "./sqlite-error.ts";
import { copyWrites } from "./stored-copy.ts";

/** Where the embedded read model keeps its documents. */
export interface EmbeddedReadModelOptions {
  /** The SQLite file, made if it doesn't exist; other parts may use other tables of it. */
  readonly file: string;
  readonly logger: Logger;
  /** How many of the newest changes are kept for those who come back, at least. Default 100,000. */
  readonly retainedChanges?: number;
}

const RETAINED_CHANGES = 100_000;

/**
 * Opens the read model of a single process: documents in memory, kept in a SQLite file. One process at a time may
 * commit to the file; a lock on the data folder sees to that.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE` where the file can't be used.
 */
export function openEmbeddedReadModel(options: EmbeddedReadModelOptions): ReadModel {
  return guarded(() => new EmbeddedReadModel(options));
}

class EmbeddedReadModel implements ReadModel {
  readonly #file: ModelFile;
  readonly #collections = new Collections();
  readonly #watchers: CheckpointWatchers;
  readonly #listeners: ChangeListeners;
  readonly #others: OtherWriters;
  #closed = false;

  constructor({ file, logger, retainedChanges = RETAINED_CHANGES }: EmbeddedReadModelOptions) {
    this.#watchers = new CheckpointWatchers(logger);
    this.#listeners = new ChangeListeners(logger);
    this.#file = new ModelFile(file, retainedChanges);
    for (const { collection, document } of this.#file.documents()) this.#collections.add(collection, document);
    this.#others = new OtherWriters({
      file: this.#file,
      reload: (collection, documents) => this.#collections.reload(collection, documents),
      onMoved: (checkpoint) => this.#watchers.tell(checkpoint),
    });
  }

  async ensureCollections(collections: readonly CollectionSpec[]): Promise<void> {
    this.#use(() => {
      for (const { name, previous = false, expire, shared = false } of collections) {
        this.#collections.ensure(name, expire);
        if (shared) this.#others.share(name);
        this.#file.keepPrevious(name, previous);
      }
    });
  }

  async dropCollections(names: readonly string[]): Promise<void> {
    this.#use(() => {
      this.#file.drop(names);
      for (const name of names) this.#collections.drop(name);
    });
  }

  async removeDocuments(collection: string, filter: Filter): Promise<void> {
    this.#use(() => {
      const ids = [...this.#collections.matching(collection, filter, Number.POSITIVE_INFINITY)].map(({ _id }) => _id);
      this.#file.remove(collection, ids);
      this.#collections.apply({ collection, inserts: [], replacements: [], deletions: ids });
    });
  }

  async find(collection: string, options: FindOptions): Promise<readonly StoredDocument[]> {
    return this.#use(() => {
      this.#others.sync(collection);
      checkScan(this.#collections, collection, { find: options }, options.maxExamined);
      return this.#collections.find(collection, options);
    });
  }

  async aggregate(
    collection: string,
    pipeline: readonly Filter[],
    { timeoutMs, maxExamined }: AggregateOptions = {},
  ): Promise<readonly Readonly<Record<string, Value | undefined>>[]> {
    return this.#use(() => {
      this.#others.sync(collection);
      checkScan(this.#collections, collection, { pipeline }, maxExamined);
      const { filter, rest } = splitMatch(pipeline);
      const documents = this.#collections.matching(collection, filter, timeoutMs);
      const source: Source = (name, keys) =>
        this.#collections.matching(name, keys === undefined ? {} : { _id: { $in: [...keys] } }, timeoutMs);
      return runPipeline(documents, rest, source).filter(isResult);
    });
  }

  async explain(collection: string, read: Read): Promise<Explanation> {
    const begun = performance.now();
    const rows =
      "find" in read ? await this.find(collection, read.find) : await this.aggregate(collection, read.pipeline);
    const milliseconds = Math.round(performance.now() - begun);
    const scan = this.#use(() => scanOf(this.#collections, collection, read));
    return { ...scan, documentsReturned: rows.length, milliseconds };
  }

  /** There are none: keys are found without a search, and everything else is looked through, in memory. */
  async keepIndexes(): Promise<void> {
    this.#use(() => {});
  }

  async checkpoints(projection: string, topic?: string): Promise<readonly Checkpoint[]> {
    return this.#use(() => this.#file.checkpoints(projection, topic));
  }

  async openCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint> {
    return this.#use(() => this.#file.openCheckpoint(checkpoint));
  }

  async removeCheckpoints(projection: string, topic?: string): Promise<void> {
    this.#use(() => this.#file.removeCheckpoints(projection, topic));
  }

  async commit({ checkpoint, from, also = [], writes }: Commit): Promise<CommitResult> {
    return this.#use(() => {
      const copies = writes.map(copyWrites).map((copy) => this.#collections.withExpired(copy));
      const moves = [{ checkpoint, from }, ...also];
      const result = this.#file.commit(moves, copies);
      if (result.status !== "committed") return result;
      const changes = result.changes.map((change) => this.#toChange(change));
      for (const copy of copies) this.#collections.apply(copy);
      for (const moved of moves) this.#others.moved(moved.checkpoint);
      queueMicrotask(() => {
        for (const change of changes) this.#listeners.tell(change);
        for (const moved of moves) this.#watchers.tell(moved.checkpoint);
      });
      return { status: result.status };
    });
  }

  async watchCheckpoints(onMoved: (checkpoint: Checkpoint) => void): Promise<() => Promise<void>> {
    const remove = this.#use(() => {
      this.#others.watch();
      return this.#watchers.add(onMoved);
    });
    return async () => remove();
  }

  async watchChanges(listener: ChangeListener): Promise<ChangeWatch> {
    const entry = this.#use(() => this.#listeners.add(listener, this.#file.changes.position));
    return { position: () => entry.position(), stop: async () => entry.remove() };
  }

  async *readChanges({ collection, after, until, signal }: ReadChangesOptions): AsyncGenerator<DocumentChange, void> {
    const changes = this.#use(() => this.#file.changes.read(collection, after, until));
    while (!signal.aborted) {
      const { done, value } = this.#use(() => changes.next());
      if (done === true || !value) return;
      yield value;
    }
  }

  async snapshot(
    collection: string,
    { filter, signal }: Pick<FindOptions, "filter"> & { readonly signal: AbortSignal },
  ): Promise<Snapshot> {
    return this.#use(() => {
      const documents = this.#collections.find(collection, { filter, sort: { _id: 1 } });
      return { position: this.#file.changes.position, documents: eachOf(documents, signal) };
    });
  }

  async ping(): Promise<void> {
    this.#use(() => this.#file.ping());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#others.stop();
    this.#file.close();
  }

  /** Is called before the documents are replaced. */
  #toChange(change: RecordedChange): DocumentChange {
    const { collection, id } = change;
    const previous = this.#file.keepsPrevious(collection) ? this.#collections.get(collection, id) : undefined;
    return { ...change, previous };
  }

  #use<T>(work: () => T): T {
    if (this.#closed)
      throw new EventQLError("READ_MODEL_UNAVAILABLE", "The read model has been closed: the server is shutting down.");
    return guarded(work);
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toReadModelError(error);
  }
}

async function* eachOf<T>(items: readonly T[], signal: AbortSignal): AsyncGenerator<T, void> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

/** Takes a leading `$match` off a pipeline, so that keys in it are found without a search. */
function splitMatch(pipeline: readonly Filter[]): { readonly filter: Filter; readonly rest: readonly Filter[] } {
  const [first, ...rest] = pipeline;
  const filter = first?.["$match"];
  return isPlainObject(filter) ? { filter, rest } : { filter: {}, rest: pipeline };
}

function isResult(document: unknown): document is Readonly<Record<string, Value | undefined>> {
  return isPlainObject(document);
}
