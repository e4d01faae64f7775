import type { CollectionSpec, Expiry, StoredDocument } from "../read-model.ts";

/** How many documents of a collection are looked at for expired ones, at most, each time. */
const SWEEP_SIZE = 1_000;

/** Which documents have expired, by collection. */
export class Expiries {
  readonly #expiries = new Map<string, Expiry>();
  /** Where the next sweep of a collection goes on. */
  readonly #sweeps = new Map<string, Iterator<StoredDocument>>();

  set(collection: string, expire: CollectionSpec["expire"]): void {
    if (expire === undefined) return;
    if (expire === "never") this.#expiries.delete(collection);
    else this.#expiries.set(collection, expire);
  }

  /** The test of what a reader of a collection may still see; undefined: everything. */
  test(collection: string): ((document: StoredDocument) => boolean) | undefined {
    const expiry = this.#expiries.get(collection);
    if (expiry === undefined) return undefined;
    const oldest = Date.now() - expiry.afterMs;
    return (document) => {
      const time = document[expiry.field];
      return !(time instanceof Date) || time.getTime() > oldest;
    };
  }

  /** The ids of some documents that have expired; sweep after sweep comes by each document. */
  sweep(collection: string, documents: Iterable<StoredDocument>): readonly string[] {
    const isKept = this.test(collection);
    if (isKept === undefined) return [];
    const iterator = this.#sweeps.get(collection) ?? documents[Symbol.iterator]();
    this.#sweeps.set(collection, iterator);
    const expired: string[] = [];
    for (let looked = 0; looked < SWEEP_SIZE; looked += 1) {
      const { done, value } = iterator.next();
      if (done === true) {
        this.#sweeps.delete(collection);
        break;
      }
      if (!isKept(value)) expired.push(value._id);
    }
    return expired;
  }
}
