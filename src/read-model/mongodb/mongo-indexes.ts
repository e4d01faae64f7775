import { type Db, type IndexDescriptionInfo, MongoServerError } from "mongodb";
import type { IndexStep, Sort } from "../read-model.ts";

/** What the names of EventQL's own indexes begin with: no other is ever dropped. */
const PREFIX = "eventql_";

/** Server error codes: what is to be dropped is gone already, or another process builds the same at this moment. */
const INDEX_NOT_FOUND = 27;
const NAMESPACE_NOT_FOUND = 26;
const BUILD_ABORTED = 276;
const BUILD_IN_PROGRESS = new Set([BUILD_ABORTED, 12_587]);

/** How often a build is begun anew that others interfered with. */
const ATTEMPTS = 3;

/** Makes the indexes of a collection those that are wanted. Those of other people with the same fields serve as well. */
export async function keepMongoIndexes(
  db: Db,
  collection: string,
  wanted: readonly Sort[],
  onStep: (step: IndexStep) => void,
): Promise<void> {
  const existing = await indexesOf(db, collection);
  const names = new Set(wanted.map(nameOf));
  for (const { name = "" } of existing) {
    if (!name.startsWith(PREFIX) || names.has(name)) continue;
    if (await drop(db, collection, name)) onStep({ index: name, step: "dropped" });
  }
  const missing = wanted.filter((index) => !existing.some((each) => isSame(each, index)));
  for (const index of missing) {
    onStep({ index: nameOf(index), step: "begun" });
    await build(db, collection, index, ATTEMPTS);
    onStep({ index: nameOf(index), step: "built" });
  }
}

async function indexesOf(db: Db, collection: string): Promise<readonly IndexDescriptionInfo[]> {
  try {
    return await db.collection(collection).indexes();
  } catch (error) {
    if (isServerError(error, NAMESPACE_NOT_FOUND)) return [];
    throw error;
  }
}

/** Since MongoDB 4.2 a build lets reads and writes go on but for a moment at its beginning and end. */
async function build(db: Db, collection: string, index: Sort, attempts: number): Promise<void> {
  try {
    await db.collection(collection).createIndex({ ...index }, { name: nameOf(index) });
  } catch (error) {
    if (attempts <= 1 || !(error instanceof MongoServerError && BUILD_IN_PROGRESS.has(Number(error.code)))) throw error;
    await build(db, collection, index, attempts - 1);
  }
}

/** Whether it was there. */
async function drop(db: Db, collection: string, name: string): Promise<boolean> {
  try {
    await db.collection(collection).dropIndex(name);
    return true;
  } catch (error) {
    if (isServerError(error, INDEX_NOT_FOUND) || isServerError(error, NAMESPACE_NOT_FOUND)) return false;
    throw error;
  }
}

function nameOf(index: Sort): string {
  return (
    PREFIX +
    Object.entries(index)
      .map(([path, direction]) => `${path}_${direction}`)
      .join("_")
  );
}

/** An index of some documents only, or of another order of texts, doesn't serve. */
function isSame(
  { key, sparse, partialFilterExpression, collation, ["hidden"]: hidden }: IndexDescriptionInfo,
  index: Sort,
): boolean {
  if (sparse === true || hidden === true || partialFilterExpression !== undefined || collation !== undefined)
    return false;
  return JSON.stringify(Object.entries(key)) === JSON.stringify(Object.entries(index));
}

function isServerError(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}
