import { type Db, MongoServerError } from "mongodb";
import type { CollectionSpec, Expiry } from "../read-model.ts";

/** The name of the index by which documents expire; another index of that kind, which people made, is left. */
const INDEX = "eventql_expiry";

/** The server's codes for an index that isn't there, or that another process has just made. */
const NO_SUCH_INDEX = 27;
const OTHER_OPTIONS: ReadonlySet<unknown> = new Set([85, 86]);

/** Makes a collection's documents expire as told, by a TTL index: the server removes them about once a minute. */
export async function keepExpiry(db: Db, name: string, expire: NonNullable<CollectionSpec["expire"]>): Promise<void> {
  const stored = (await db.collection(name).indexes()).find((index) => index.name === INDEX);
  if (expire === "never") {
    if (stored !== undefined) await dropExpiry(db, name);
    return;
  }
  const seconds = Math.ceil(expire.afterMs / 1_000);
  if (stored === undefined) await createExpiry(db, name, expire.field, seconds);
  else if (Object.keys(stored.key).join() !== expire.field) {
    await dropExpiry(db, name);
    await createExpiry(db, name, expire.field, seconds);
  } else if (stored.expireAfterSeconds !== seconds) await changeExpiry(db, name, seconds);
}

async function createExpiry(db: Db, name: string, field: Expiry["field"], seconds: number): Promise<void> {
  try {
    await db.collection(name).createIndex({ [field]: 1 }, { name: INDEX, expireAfterSeconds: seconds });
  } catch (error) {
    if (!(error instanceof MongoServerError && OTHER_OPTIONS.has(error.code))) throw error;
    await changeExpiry(db, name, seconds);
  }
}

async function changeExpiry(db: Db, name: string, seconds: number): Promise<void> {
  await db.command({ collMod: name, index: { name: INDEX, expireAfterSeconds: seconds } });
}

async function dropExpiry(db: Db, name: string): Promise<void> {
  try {
    await db.collection(name).dropIndex(INDEX);
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NO_SUCH_INDEX)) throw error;
  }
}
