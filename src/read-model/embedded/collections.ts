import { performance } from "node:perf_hooks";
import { EventQLError } from "../../errors.ts";
import { compileProjection } from "../query/fields.ts";
import { compileFilter } from "../query/filter.ts";
import { keyLookup } from "../query/key-lookup.ts";
import { firstDocuments } from "../query/order.ts";
import type { CollectionSpec, CollectionWrites, Filter, FindOptions, Sort, StoredDocument } from "../read-model.ts";
import { Expiries } from "./expiries.ts";
import { KeyedDocuments } from "./keyed-documents.ts";

const DEFAULT_TIMEOUT_MS = 5_000;

/** How many documents are tested between looks at the clock. */
const CLOCK_INTERVAL = 512;

/** The documents of all collections, in memory, each replaced whole and never changed. */
export class Collections {
  readonly #collections = new Map<string, KeyedDocuments>();
  readonly #expiries = new Expiries();

  add(collection: string, document: StoredDocument): void {
    this.#collection(collection).set(document);
  }

  /** `expire`: undefined leaves it as it was said before. */
  ensure(collection: string, expire?: CollectionSpec["expire"]): void {
    this.#collection(collection);
    this.#expiries.set(collection, expire);
  }

  /** The collection has these documents, and no others. */
  reload(collection: string, documents: readonly StoredDocument[]): void {
    const loaded = new KeyedDocuments();
    for (const document of documents) loaded.set(document);
    this.#collections.set(collection, loaded);
  }

  drop(collection: string): void {
    this.#collections.delete(collection);
    this.#expiries.set(collection, "never");
  }

  /** Adds to a collection's writes the removal of some documents that have expired. */
  withExpired(writes: CollectionWrites): CollectionWrites {
    const expired = this.#expiries.sweep(writes.collection, this.all(writes.collection));
    if (expired.length === 0) return writes;
    const written = new Set([...writes.inserts, ...writes.replacements].map(({ _id }) => _id));
    return { ...writes, deletions: [...writes.deletions, ...expired.filter((id) => !written.has(id))] };
  }

  apply({ collection, inserts, replacements, deletions }: CollectionWrites): void {
    const documents = this.#collection(collection);
    for (const document of inserts) documents.set(document);
    for (const document of replacements) documents.set(document);
    for (const key of deletions) documents.delete(key);
  }

  find(collection: string, options: FindOptions): readonly StoredDocument[] {
    const { filter, sort = {}, skip = 0, limit = Number.POSITIVE_INFINITY, fields } = options;
    const direction = keyLookup(filter) === undefined ? keyDirection(sort) : undefined;
    const matching = this.matching(collection, filter, options.timeoutMs, direction);
    const ordered = direction === undefined ? firstDocuments(matching, sort, skip + limit) : matching;
    const page = slice(ordered, skip, limit);
    return fields === undefined ? page : page.map(compileProjection(fields));
  }

  /**
   * The documents that match, keys found without a search; without such, in the direction of the keys' order that is given.
   * @throws EventQLError `READ_MODEL_UNAVAILABLE` when it takes longer than the time given.
   */
  *matching(
    collection: string,
    filter: Filter,
    timeoutMs: number = DEFAULT_TIMEOUT_MS,
    direction?: 1 | -1,
  ): Generator<StoredDocument> {
    const lookup = keyLookup(filter);
    const rest = lookup === undefined ? filter : lookup.rest;
    const matches = rest === null ? () => true : compileFilter(rest);
    const isKept = this.#expiries.test(collection);
    const deadline = performance.now() + timeoutMs;
    let tested = 0;
    const ordered = direction === undefined ? this.all(collection) : this.#collection(collection).ordered(direction);
    for (const document of lookup === undefined ? ordered : this.#named(collection, lookup.keys)) {
      if (++tested % CLOCK_INTERVAL === 0 && performance.now() > deadline) throw tooSlow(collection, timeoutMs);
      if (matches(document) && isKept?.(document) !== false) yield document;
    }
  }

  get(collection: string, key: string): StoredDocument | undefined {
    return this.#collections.get(collection)?.get(key);
  }

  size(collection: string): number {
    return this.#collections.get(collection)?.size ?? 0;
  }

  all(collection: string): Iterable<StoredDocument> {
    return this.#collections.get(collection)?.values() ?? [];
  }

  #collection(name: string): KeyedDocuments {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const created = new KeyedDocuments();
    this.#collections.set(name, created);
    return created;
  }

  *#named(collection: string, keys: readonly string[]): Generator<StoredDocument> {
    for (const key of keys) {
      const document = this.get(collection, key);
      if (document !== undefined) yield document;
    }
  }
}

/** The direction of an order by the key alone; undefined: it is another one. */
function keyDirection(sort: Sort): 1 | -1 | undefined {
  const [[path, direction] = [], ...others] = Object.entries(sort);
  return path === "_id" && others.length === 0 ? direction : undefined;
}

/** Stops reading as soon as the page is full. */
function slice<T>(items: Iterable<T>, skip: number, limit: number): T[] {
  const page: T[] = [];
  if (limit <= 0) return page;
  let seen = 0;
  for (const item of items) {
    if (seen++ < skip) continue;
    page.push(item);
    if (page.length >= limit) break;
  }
  return page;
}

function tooSlow(collection: string, timeoutMs: number): EventQLError {
  return new EventQLError(
    "READ_MODEL_UNAVAILABLE",
    `Reading '${collection}' took longer than ${timeoutMs} ms: narrow the filter, or allow more time.`,
  );
}
