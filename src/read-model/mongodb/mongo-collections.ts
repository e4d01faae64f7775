import { type Db, MongoServerError } from "mongodb";
import type { CollectionSpec } from "../read-model.ts";
import { CHECKPOINTS } from "./mongo-checkpoints.ts";
import { keepExpiry } from "./mongo-expiry.ts";

const NAMESPACE_EXISTS = 48;

/** Makes what isn't there yet, EventQL's own collections too; that another process does the same is no matter. */
export async function ensureMongoCollections(db: Db, collections: readonly CollectionSpec[]): Promise<void> {
  const existing = await keptPrevious(db);
  const specs: readonly CollectionSpec[] = [{ name: CHECKPOINTS }, ...collections];
  for (const { name, previous = false, indexes = [], expire } of specs) {
    const kept = existing.get(name) ?? (await createCollection(db, name, previous));
    if (kept !== previous) await keepPrevious(db, name, previous);
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes.map((key) => ({ key: { ...key } })));
    if (expire !== undefined) await keepExpiry(db, name, expire);
  }
}

/** Removes collections with their documents; one that isn't there is no matter. */
export async function dropMongoCollections(db: Db, names: readonly string[]): Promise<void> {
  for (const name of names) await db.dropCollection(name);
}

/** The collections that there are, each with whether its documents' previous states are kept. */
async function keptPrevious(db: Db): Promise<ReadonlyMap<string, boolean>> {
  const collections = await db.listCollections({}, { nameOnly: false }).toArray();
  return new Map(
    collections.map(({ name, ...info }) => [
      name,
      "options" in info && info.options?.["changeStreamPreAndPostImages"]?.enabled === true,
    ]),
  );
}

/** Returns whether previous states are kept. One that another process has just made may differ: it is set then. */
async function createCollection(db: Db, name: string, previous: boolean): Promise<boolean | undefined> {
  try {
    await db.createCollection(name, previous ? { changeStreamPreAndPostImages: { enabled: true } } : {});
    return previous;
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    return (await keptPrevious(db)).get(name);
  }
}

async function keepPrevious(db: Db, name: string, previous: boolean): Promise<void> {
  await db.command({ collMod: name, changeStreamPreAndPostImages: { enabled: previous } });
}
