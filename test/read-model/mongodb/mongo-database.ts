import { type Db, MongoClient } from "mongodb";
import { afterAll, beforeAll } from "vitest";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { realStack, uniqueName } from "../../support/real-stack.ts";

/** A database of a suite's own, with the read model on it and the driver beside it. */
export interface SuiteDatabase {
  readonly model: ReadModel;
  readonly db: Db;
}

/** Opens a database before the suite, and drops it after. */
export function suiteDatabase(prefix: string): () => SuiteDatabase {
  let opened: (SuiteDatabase & { readonly client: MongoClient }) | undefined;
  beforeAll(async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName(prefix);
    const model = openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
    await model.ensureCollections([]);
    const client = new MongoClient(mongoUrl);
    opened = { model, client, db: client.db(database) };
  });
  afterAll(async () => {
    await opened?.model.close();
    await opened?.db.dropDatabase();
    await opened?.client.close();
  });
  return () => {
    if (opened === undefined) throw new TypeError("the database isn't open yet");
    return opened;
  };
}
