import type { AggregateOptions, ClientSession, Db, Document } from "mongodb";
import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import { outermostFields } from "../query/fields.ts";
import type { Filter, FindOptions, StoredDocument } from "../read-model.ts";
import { toDriverForm, toStoredForm } from "./mongo-values.ts";

/** ms that a read may take where the caller names no time. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** ms that the server's own limit is given before the read is given up without its answer. */
const GRACE_MS = 250;

/** The first answer's size where there is no limit: a page of this many needs no second request. */
const BATCH_SIZE = 1_000;

/** How a read is carried out. */
export interface ReadContext {
  readonly db: Db;
  readonly session: ClientSession | undefined;
}

/** Reads documents. */
export async function findDocuments(
  { db, session }: ReadContext,
  collection: string,
  { filter, sort, skip, limit, fields, timeoutMs = DEFAULT_TIMEOUT_MS }: FindOptions,
): Promise<readonly StoredDocument[]> {
  if (limit === 0) return [];
  const cursor = db.collection(collection).find<StoredDocument>(toDriverForm(filter), {
    ...commonOptions(session, timeoutMs),
    batchSize: limit ?? BATCH_SIZE,
    ...(sort === undefined ? {} : { sort }),
    ...(skip === undefined ? {} : { skip }),
    ...(limit === undefined ? {} : { limit }),
    ...(fields === undefined ? {} : { projection: projectionOf(fields) }),
  });
  const documents = await withinTime(collection, timeoutMs, cursor.toArray());
  for (const document of documents) toStoredForm(document);
  return documents;
}

/** Runs an aggregation pipeline. */
export async function aggregateDocuments(
  { db, session }: ReadContext,
  collection: string,
  pipeline: readonly Filter[],
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<readonly Readonly<Record<string, Value | undefined>>[]> {
  const cursor = db
    .collection(collection)
    .aggregate<Record<string, Value | undefined>>(toDriverForm([...pipeline]), commonOptions(session, timeoutMs));
  const documents = await withinTime(collection, timeoutMs, cursor.toArray());
  for (const document of documents) toStoredForm(document);
  return documents;
}

function commonOptions(session: ClientSession | undefined, timeoutMs: number): AggregateOptions {
  return { maxTimeMS: timeoutMs, ...(session === undefined ? {} : { session }) };
}

function projectionOf(fields: readonly string[]): Document {
  return Object.fromEntries(["_id", ...outermostFields(fields)].map((field) => [field, 1]));
}

/** Gives a read up that the server doesn't answer; the driver closes the connection in its own time. */
async function withinTime<T>(collection: string, timeoutMs: number, read: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new EventQLError("READ_MODEL_UNAVAILABLE", `MongoDB didn't answer a read of '${collection}' in ${timeoutMs} ms.`),
    );
  }, timeoutMs + GRACE_MS);
  try {
    return await Promise.race([read, promise]);
  } finally {
    clearTimeout(timer);
  }
}
