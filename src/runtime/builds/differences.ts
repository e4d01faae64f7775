import type { StoredDocument } from "../../read-model/read-model.ts";
import { compareValues, isPlainObject } from "../../read-model/query/compare.ts";

/** What stands in two collections under one id. */
export interface Pair {
  readonly id: string;
  readonly live: StoredDocument | undefined;
  readonly next: StoredDocument | undefined;
}

/** Pairs documents up that come in the order of their ids. */
export async function* pairsOf(
  live: AsyncIterable<StoredDocument>,
  next: AsyncIterable<StoredDocument>,
): AsyncGenerator<Pair, void, undefined> {
  const [a, b] = [live[Symbol.asyncIterator](), next[Symbol.asyncIterator]()];
  try {
    let [one, other] = [await following(a), await following(b)];
    while (one !== undefined || other !== undefined) {
      const order = orderOf(one, other);
      const pair: Pair = { id: "", live: order <= 0 ? one : undefined, next: order >= 0 ? other : undefined };
      yield { ...pair, id: (pair.live ?? pair.next)?._id ?? "" };
      if (order <= 0) one = await following(a);
      if (order >= 0) other = await following(b);
    }
  } finally {
    await Promise.all([a.return?.(), b.return?.()]);
  }
}

async function following(documents: AsyncIterator<StoredDocument>): Promise<StoredDocument | undefined> {
  const { done, value } = await documents.next();
  return done === true ? undefined : value;
}

function orderOf(one: StoredDocument | undefined, other: StoredDocument | undefined): number {
  if (one === undefined) return 1;
  return other === undefined ? -1 : compareValues(one._id, other._id);
}

/** Columns that two documents have otherwise; one that is missing is as if it were null. */
export function differingColumns(one: StoredDocument, other: StoredDocument): readonly string[] {
  return namesOf(one, other).filter((name) => name !== "_meta" && !isEqual(one[name], other[name]));
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value: unknown, i) => isEqual(value, b[i]));
  if (isPlainObject(a) && isPlainObject(b)) return namesOf(a, b).every((name) => isEqual(a[name], b[name]));
  return compareValues(a, b) === 0;
}

function namesOf(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}
