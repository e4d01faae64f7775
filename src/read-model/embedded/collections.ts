import { performance } from "node:perf_hooks";
import { EventQLError } from "../../errors.ts";
import { compileProjection } from "../query/fields.ts";
import { compileFilter } from "../query/filter.ts";
import { keyLookup } from "../query/key-lookup.ts";
import { sortDocuments } from "../query/order.ts";
import type { CollectionWrites, Filter, FindOptions, StoredDocument } from "../read-model.ts";

const DEFAULT_TIMEOUT_MS = 5_000;

/** How many documents are tested between looks at the clock. */
const CLOCK_INTERVAL = 512;

/** The documents of all collections, in memory, each replaced whole and never changed. */
export class Collections {
  readonly #collections = new Map<string, Map<string, StoredDocument>>();

  add(collection: string, document: StoredDocument): void {
    this.#collection(collection).set(document._id, document);
  }

  ensure(collection: string): void {
    this.#collection(collection);
  }

  apply({ collection, inserts, replacements, deletions }: CollectionWrites): void {
    const documents = this.#collection(collection);
    for (const document of inserts) documents.set(document._id, document);
    for (const document of replacements) documents.set(document._id, document);
    for (const key of deletions) documents.delete(key);
  }

  find(collection: string, options: FindOptions): readonly StoredDocument[] {
    const { filter, sort, skip = 0, limit = Number.POSITIVE_INFINITY, fields } = options;
    const matching = this.matching(collection, filter, options.timeoutMs);
    const ordered = sort === undefined ? matching : sortDocuments([...matching], sort);
    const page = slice(ordered, skip, limit);
    return fields === undefined ? page : page.map(compileProjection(fields));
  }

  /**
   * The documents that match, keys found without a search.
   * @throws EventQLError `READ_MODEL_UNAVAILABLE` when it takes longer than the time given.
   */
  *matching(collection: string, filter: Filter, timeoutMs: number = DEFAULT_TIMEOUT_MS): Generator<StoredDocument> {
    const lookup = keyLookup(filter);
    const rest = lookup === undefined ? filter : lookup.rest;
    const matches = rest === null ? () => true : compileFilter(rest);
    const deadline = performance.now() + timeoutMs;
    let tested = 0;
    for (const document of this.#candidates(collection, lookup?.keys)) {
      if (++tested % CLOCK_INTERVAL === 0 && performance.now() > deadline) throw tooSlow(collection, timeoutMs);
      if (matches(document)) yield document;
    }
  }

  get(collection: string, key: string): StoredDocument | undefined {
    return this.#collections.get(collection)?.get(key);
  }

  all(collection: string): Iterable<StoredDocument> {
    return this.#collections.get(collection)?.values() ?? [];
  }

  #collection(name: string): Map<string, StoredDocument> {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const created = new Map<string, StoredDocument>();
    this.#collections.set(name, created);
    return created;
  }

  *#candidates(collection: string, keys: readonly string[] | undefined): Generator<StoredDocument> {
    if (keys === undefined) {
      yield* this.all(collection);
      return;
    }
    const documents = this.#collections.get(collection);
    for (const key of keys) {
      const document = documents?.get(key);
      if (document !== undefined) yield document;
    }
  }
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
