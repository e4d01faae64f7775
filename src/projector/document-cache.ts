import QuickLRU from "quick-lru";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";
import type { DocumentChange } from "./fold-batch.ts";

/** How many keys are read at once: one that a store answers in some 20 ms. */
const LOAD_CHUNK = 2_000;

/**
 * The documents of one partition that are held ready, within a bound. Where it has held the partition from its first
 * event, and dropped nothing since, it knows that a key it does not hold is new, and nothing needs to be read.
 */
export class DocumentCache {
  readonly #documents: ReadonlyMap<string, QuickLRU<string, StoredDocument>>;
  /** Loaded for the batch under way, beyond what the bound keeps. */
  readonly #batch: ReadonlyMap<string, Map<string, StoredDocument>>;
  #complete: boolean;

  /** `complete`: nothing of the partition has been applied yet. `maxDocuments` counts for each collection. */
  constructor(collections: readonly string[], complete: boolean, maxDocuments: number) {
    const onEviction = (): void => {
      this.#complete = false;
    };
    this.#documents = new Map(
      collections.map((collection) => [collection, new QuickLRU({ maxSize: maxDocuments, onEviction })]),
    );
    this.#batch = new Map(collections.map((collection) => [collection, new Map()]));
    this.#complete = complete;
  }

  /** Reads the keys that are not held. Afterwards {@link get} knows each, until {@link store} or {@link release}. */
  async load(readModel: ReadModel, collection: string, keys: Iterable<string>): Promise<void> {
    const held = this.#documents.get(collection);
    const batch = this.#batch.get(collection);
    if (held === undefined || batch === undefined) return;
    const missing: string[] = [];
    for (const key of keys) {
      const document = held.get(key);
      if (document !== undefined) batch.set(key, document);
      else if (!this.#complete) missing.push(key);
    }
    for (let start = 0; start < missing.length; start += LOAD_CHUNK) {
      const chunk = missing.slice(start, start + LOAD_CHUNK);
      const found = await readModel.find(collection, { filter: { _id: { $in: chunk } }, limit: chunk.length });
      for (const document of found) batch.set(document._id, document);
    }
  }

  /** The stored document of a key that was loaded; undefined where there is none. */
  get(collection: string, key: string): StoredDocument | undefined {
    return this.#batch.get(collection)?.get(key);
  }

  /** Takes over what a batch changed, once it is committed. */
  store(changes: ReadonlyMap<string, ReadonlyMap<string, DocumentChange>>): void {
    for (const [collection, changed] of changes) {
      const held = this.#documents.get(collection);
      for (const [key, { after }] of changed) {
        if (after === undefined) held?.delete(key);
        else held?.set(key, after);
      }
    }
    this.release();
  }

  /** Forgets what was loaded for a batch. */
  release(): void {
    for (const documents of this.#batch.values()) documents.clear();
  }
}
