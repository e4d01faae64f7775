import { EventQLError } from "../../errors.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Value } from "../../model/value.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { CheckpointWatchers } from "../checkpoint-watchers.ts";
import { isPlainObject } from "../query/compare.ts";
import { runPipeline } from "../query/pipeline.ts";
import type {
  CollectionSpec,
  CollectionWrites,
  Commit,
  CommitResult,
  Filter,
  FindOptions,
  ReadModel,
  StoredDocument,
} from "../read-model.ts";
import { Collections } from "./collections.ts";
import { ModelFile } from "./model-file.ts";
import { toReadModelError } from "./sqlite-error.ts";
import { storedCopy } from "./stored-copy.ts";

/** Where the embedded read model keeps its documents. */
export interface EmbeddedReadModelOptions {
  /** The SQLite file, made if it doesn't exist; other parts may use other tables of it. */
  readonly file: string;
  readonly logger: Logger;
}

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
  #closed = false;

  constructor({ file, logger }: EmbeddedReadModelOptions) {
    this.#watchers = new CheckpointWatchers(logger);
    this.#file = new ModelFile(file);
    for (const { collection, document } of this.#file.documents()) this.#collections.add(collection, document);
  }

  async ensureCollections(collections: readonly CollectionSpec[]): Promise<void> {
    this.#use(() => {
      for (const { name } of collections) this.#collections.ensure(name);
    });
  }

  async find(collection: string, options: FindOptions): Promise<readonly StoredDocument[]> {
    return this.#use(() => this.#collections.find(collection, options));
  }

  async aggregate(
    collection: string,
    pipeline: readonly Filter[],
    { timeoutMs }: Pick<FindOptions, "causal" | "timeoutMs"> = {},
  ): Promise<readonly Readonly<Record<string, Value | undefined>>[]> {
    return this.#use(() => {
      const { filter, rest } = splitMatch(pipeline);
      const documents = this.#collections.matching(collection, filter, timeoutMs);
      return runPipeline(documents, rest, (name) => this.#collections.all(name)).filter(isResult);
    });
  }

  async checkpoints(projection: string): Promise<readonly Checkpoint[]> {
    return this.#use(() => this.#file.checkpoints(projection));
  }

  async openCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint> {
    return this.#use(() => this.#file.openCheckpoint(checkpoint));
  }

  async commit({ checkpoint, from, writes }: Commit): Promise<CommitResult> {
    return this.#use(() => {
      const copies = writes.map(copyWrites);
      const result = this.#file.commit(checkpoint, from, copies);
      if (result.status !== "committed") return result;
      for (const copy of copies) this.#collections.apply(copy);
      queueMicrotask(() => this.#watchers.tell(checkpoint));
      return result;
    });
  }

  async watchCheckpoints(onMoved: (checkpoint: Checkpoint) => void): Promise<() => Promise<void>> {
    const remove = this.#use(() => this.#watchers.add(onMoved));
    return async () => remove();
  }

  async ping(): Promise<void> {
    this.#use(() => this.#file.ping());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#file.close();
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

function copyWrites({ collection, inserts, replacements, deletions }: CollectionWrites): CollectionWrites {
  return { collection, inserts: inserts.map(storedCopy), replacements: replacements.map(storedCopy), deletions };
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
