import { type Db, MongoServerError } from "mongodb";
import type { CollectionSpec } from "../read-model.ts";
import { CHECKPOINTS } from "./mongo-checkpoints.ts";

const NAMESPACE_EXISTS = 48;

/** Makes what isn't there yet, EventQL's own collections too; that another process does the same is no matter. */
export async function ensureMongoCollections(db: Db, collections: readonly CollectionSpec[]): Promise<void> {
  const existing = new Set(
    await db
      .listCollections({}, { nameOnly: true })
      .map(({ name }) => name)
      .toArray(),
  );
  for (const { name, indexes = [] } of [{ name: CHECKPOINTS }, ...collections]) {
    if (!existing.has(name)) await createCollection(db, name);
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes.map((key) => ({ key: { ...key } })));
  }
}

async function createCollection(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
  }
}
