import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import {
  collectionOf,
  documentsOf,
  newCheckpoint,
  nextCommit,
  positionOf,
  writesTo,
} from "../../contract/read-model-support.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";

describeReal("MongoDB's limits", () => {
  const database = uniqueName("read-model-limits");
  let model: ReadModel;

  beforeAll(async () => {
    model = openMongoReadModel({ url: realStack().mongoUrl, database, logger: silentLogger });
    await model.ensureCollections([]);
  });

  afterAll(async () => {
    await model.close();
    const client = new MongoClient(realStack().mongoUrl);
    await client.db(database).dropDatabase();
    await client.close();
  });

  it.each(["inserts", "replacements"])("a document beyond 16 MiB among the %s is too large", async (kind) => {
    const collection = await collectionOf(model, [{ _id: "known" }]);
    const checkpoint = await model.openCheckpoint(newCheckpoint());
    const document = { _id: kind === "inserts" ? "new" : "known", text: "x".repeat(17 * 1024 * 1024) };
    const commit = nextCommit(checkpoint, writesTo(collection, { [kind]: [document] }));
    await expect(model.commit(commit)).rejects.toMatchObject({ code: "COMMIT_TOO_LARGE", retriable: false });
    expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "known" }]);
    expect(await positionOf(model, checkpoint)).toBe(0);
  });

  it("a read beyond its time is given up", async () => {
    const documents = Array.from({ length: 200 }, (_, i) => ({ _id: `${i}`, n: i }));
    const collection = await collectionOf(model, documents);
    const filter = { $expr: { $function: { body: "function() { sleep(20); return true; }", args: [], lang: "js" } } };
    await expect(model.find(collection, { filter, timeoutMs: 100 })).rejects.toMatchObject({
      code: "READ_MODEL_UNAVAILABLE",
    });
  });
});

describe("a connection string", () => {
  it.each(["mongo://user:secret@host", "user:secret@host", "mongodb://user:secret@host:port"])(
    "that isn't one is refused without repeating it: %s",
    (url) => {
      const open = (): ReadModel => openMongoReadModel({ url, database: "eventql", logger: silentLogger });
      expect(open).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", message: expect.not.stringContaining("secret") }),
      );
    },
  );

  it("isn't told by the error of a server that isn't there", async () => {
    const model = openMongoReadModel({
      url: "mongodb://user:secret@127.0.0.1:1/",
      database: "eventql",
      logger: silentLogger,
      timeouts: { serverSelection: 100 },
    });
    await expect(model.ping()).rejects.toMatchObject({
      code: "READ_MODEL_UNAVAILABLE",
      message: expect.not.stringContaining("secret"),
    });
    await model.close();
  });
});
