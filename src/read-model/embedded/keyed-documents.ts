import { compareValues } from "../query/compare.ts";
import type { StoredDocument } from "../read-model.ts";

/** Documents by key, which can be gone through in the order of the keys without sorting them each time. */
export class KeyedDocuments {
  readonly #byKey = new Map<string, StoredDocument>();
  /** The keys in ascending order as of the last time that they were asked for; undefined: never yet. */
  #sorted: readonly string[] | undefined;
  #added: string[] = [];
  #hasRemoved = false;

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): StoredDocument | undefined {
    return this.#byKey.get(key);
  }

  /** In no order that means anything. */
  values(): Iterable<StoredDocument> {
    return this.#byKey.values();
  }

  /** The documents by ascending (1) or descending (-1) keys. */
  *ordered(direction: 1 | -1): Generator<StoredDocument> {
    const keys = this.#keys();
    for (let step = 0; step < keys.length; step++) {
      const document = this.#byKey.get(keys[direction === 1 ? step : keys.length - 1 - step] ?? "");
      if (document !== undefined) yield document;
    }
  }

  set(document: StoredDocument): void {
    if (this.#sorted !== undefined && !this.#byKey.has(document._id)) this.#added.push(document._id);
    this.#byKey.set(document._id, document);
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#hasRemoved = true;
  }

  #keys(): readonly string[] {
    if (this.#sorted === undefined) this.#sorted = [...this.#byKey.keys()].sort(compareValues);
    else if (this.#added.length > 0 || this.#hasRemoved)
      this.#sorted = merged(this.#sorted, this.#added.sort(compareValues), (key) => this.#byKey.has(key));
    this.#added = [];
    this.#hasRemoved = false;
    return this.#sorted;
  }
}

/** Two ordered lists as one, each key once: one that went and came back is in both. */
function merged(a: readonly string[], b: readonly string[], isThere: (key: string) => boolean): string[] {
  const keys: string[] = [];
  const take = (key: string): void => {
    if (isThere(key) && keys.at(-1) !== key) keys.push(key);
  };
  let next = 0;
  for (const key of a) {
    for (let other = b[next]; other !== undefined && compareValues(other, key) < 0; other = b[++next]) take(other);
    take(key);
  }
  for (const key of b.slice(next)) take(key);
  return keys;
}
