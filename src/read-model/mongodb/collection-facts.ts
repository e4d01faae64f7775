import { type Db, MongoServerError } from "mongodb";
import { Kept } from "./kept.ts";

/** How long, in ms, a collection's size is taken to hold before it is asked for anew, and its indexes. */
const SIZE_MS = 10_000;
const INDEXES_MS = 30_000;

const NAMESPACE_NOT_FOUND = 26;

/** What is known of a size. */
interface KnownSize {
  documents: number;
  /** ms of the monotonic clock. */
  askedAt: number;
}

/** Remembers how many documents collections have, and by which fields documents can be found. */
export class CollectionFacts {
  readonly #db: Db;
  readonly #sizes = new Map<string, KnownSize>();
  readonly #indexes = new Kept<ReadonlySet<string>>(INDEXES_MS);

  constructor(db: Db) {
    this.#db = db;
  }

  /** About how many documents there are, as of some seconds ago: nobody waits while it is asked for anew. */
  async size(collection: string): Promise<number> {
    const known = this.#sizes.get(collection);
    if (known === undefined) return this.#ask(collection);
    if (performance.now() - known.askedAt > SIZE_MS) {
      known.askedAt = performance.now();
      void this.#ask(collection).catch(() => {});
    }
    return known.documents;
  }

  /** Whether documents are found by a field without a search. */
  async hasIndex(collection: string, field: string | undefined): Promise<boolean> {
    if (field === undefined || field === "_id") return field === "_id";
    const fields = await this.#indexes.get(collection, async () => this.#indexedFields(collection));
    return fields.has(field);
  }

  async #ask(collection: string): Promise<number> {
    const documents = await this.#db.collection(collection).estimatedDocumentCount();
    this.#sizes.set(collection, { documents, askedAt: performance.now() });
    return documents;
  }

  /** The first field of each index. */
  async #indexedFields(collection: string): Promise<ReadonlySet<string>> {
    try {
      const indexes = await this.#db.collection(collection).indexes();
      return new Set(indexes.flatMap(({ key }) => Object.keys(key)[0] ?? []));
    } catch (error) {
      if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return new Set();
      throw error;
    }
  }
}
