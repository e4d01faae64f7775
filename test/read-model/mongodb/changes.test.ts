import { type Db, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { type Logger, silentLogger } from "../../../src/telemetry/logger.ts";
import { follow, readAll, snapshotOf, Writer } from "../../contract/read-model-change-support.ts";
import { collectionOf, newCheckpoint, nextCommit } from "../../contract/read-model-support.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

describeReal("MongoDB's change streams", () => {
  const database = uniqueName("read-model-changes");
  let client: MongoClient;
  let db: Db;
  let direct: ReadModel;
  let proxy: TcpProxy;
  let model: ReadModel;
  const warn = vi.fn<Logger["warn"]>();

  beforeAll(async () => {
    client = new MongoClient(realStack().mongoUrl);
    db = client.db(database);
    direct = openMongoReadModel({ url: realStack().mongoUrl, database, logger: silentLogger });
    await direct.ensureCollections([]);
  });

  afterAll(async () => {
    await direct.close();
    await db.dropDatabase();
    await client.close();
  });

  beforeEach(async () => {
    const { hostname, port } = new URL(realStack().mongoUrl);
    proxy = new TcpProxy(hostname, Number(port));
    await proxy.start();
    model = openMongoReadModel({
      url: `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`,
      database,
      logger: { ...silentLogger, warn },
      timeouts: { serverSelection: 1_500, socket: 5_000 },
    });
  });

  afterEach(async () => {
    warn.mockClear();
    await model.close();
    await proxy.stop();
  });

  it("are one for all listeners, and end with the last", async () => {
    const collection = await collectionOf(direct, []);
    let opened = 0;
    proxy.onRequest = (bytes) => {
      if (bytes.includes("$changeStream")) opened += 1;
      return "pass";
    };
    const watches = await Promise.all([1, 2, 3].map(async () => follow(model, collection)));
    await new Writer(direct, collection).commit({ inserts: [{ _id: "1" }] });
    for (const watch of watches) await watch.count(1);
    expect(opened).toBe(1);
    await Promise.all(watches.map(async (watch) => watch.stop()));
    const stopped = await streamsOpen(client, database);
    const again = await follow(model, collection);
    await new Writer(direct, collection).commit({ inserts: [{ _id: "2" }] });
    await again.count(1);
    expect([stopped, opened]).toStrictEqual([0, 2]);
    await again.stop();
  });

  it("go on without a gap or a double where connections break again and again", { timeout: 60_000 }, async () => {
    const collection = await collectionOf(direct, []);
    const [watch, undisturbed] = [await follow(model, collection), await follow(direct, collection)];
    const writer = new Writer(direct, collection);
    const [rounds, each] = [40, 5];
    for (let round = 0; round < rounds; round++) {
      await writer.commit({ inserts: Array.from({ length: each }, (_, i) => ({ _id: `${round}/${i}` })) });
      if (round % 4 === 0) proxy.breakAll();
      if (round % 10 === 9) await watch.count((round * each) / 2);
    }
    const changes = await watch.count(rounds * each);
    expect(changes).toStrictEqual(await undisturbed.count(rounds * each));
    expect(watch.lost).toStrictEqual([]);
    await Promise.all([watch.stop(), undisturbed.stop()]);
  });

  it("go on where they were after the server was away", { timeout: 60_000 }, async () => {
    const collection = await collectionOf(direct, []);
    const watch = await follow(model, collection);
    const writer = new Writer(direct, collection);
    await writer.commit({ inserts: [{ _id: "1" }, { _id: "2" }] });
    await watch.count(2);
    await proxy.stop();
    await writer.commit({ inserts: [{ _id: "3" }] });
    await expect.poll(() => warn.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await writer.commit({ replacements: [{ _id: "1", x: 1 }], deletions: ["2"] });
    await proxy.start();
    expect((await watch.count(5)).map(({ id }) => id)).toStrictEqual(["1", "2", "3", "1", "2"]);
    await writer.commit({ deletions: ["3"] });
    await watch.count(6);
    await watch.stop();
  });

  it("have a position that grows while no document changes, and divides what was from what comes", async () => {
    const collection = await collectionOf(direct, []);
    const watch = await follow(direct, collection);
    const writer = new Writer(direct, collection);
    const marks: { readonly position: string; readonly told: number }[] = [];
    let checkpoint = await direct.openCheckpoint(newCheckpoint());
    for (let i = 0; i < 4; i++) {
      await writer.commit({ inserts: [{ _id: `${i}` }, { _id: `${i}+` }] });
      await watch.count(2 * i + 2);
      const before = watch.position();
      const commit = nextCommit(checkpoint);
      await direct.commit(commit);
      checkpoint = commit.checkpoint;
      await vi.waitFor(() => expect(watch.position() > before).toBe(true), { timeout: 5_000 });
      marks.push({ position: watch.position(), told: watch.changes.length });
    }
    await writer.commit({ inserts: [{ _id: "last" }] });
    const changes = await watch.count(9);
    const until = changes.at(-1)?.position ?? "";
    for (const { position: after, told } of marks) {
      expect(changes.filter(({ position }) => position > after)).toStrictEqual(changes.slice(told));
      expect(await readAll(direct, { collection, after, until })).toStrictEqual(changes.slice(told));
    }
    await watch.stop();
  });

  it("tell of writes by foreign hands, but not of documents whose key is no text", async () => {
    const collection = await collectionOf(direct, [{ _id: "1", x: 1 }]);
    const watch = await follow(direct, collection);
    await db.collection(collection).insertOne({ x: 1 });
    await db.collection<{ _id: string; x: number }>(collection).updateOne({ _id: "1" }, { $set: { x: 2 } });
    expect(await watch.count(1)).toMatchObject([
      { operation: "update", id: "1", document: { _id: "1", x: 2 }, previous: undefined },
    ]);
    await watch.stop();
  });

  it.each([
    ["a collection was dropped", async (collection: string) => db.dropCollection(collection)],
    ["a collection was renamed", async (collection: string) => db.renameCollection(collection, uniqueName("renamed"))],
    ["the database was dropped", async () => db.dropDatabase()],
  ])("lose their listeners where %s, and begin anew with the next", async (_why, end) => {
    const collection = await collectionOf(direct, [{ _id: "1" }]);
    const watch = await follow(direct, collection);
    const after = watch.position();
    await new Writer(direct, collection).commit({ inserts: [{ _id: "2" }] });
    await watch.count(1);
    await end(collection);
    await vi.waitFor(() => expect(watch.lost).toMatchObject([{ code: "CURSOR_EXPIRED" }]), { timeout: 5_000 });
    const { position: until } = await snapshotOf(direct, collection);
    await expect(readAll(direct, { collection, after, until })).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
    await direct.ensureCollections([{ name: collection }]);
    const again = await follow(direct, collection);
    await new Writer(direct, collection).commit({ inserts: [{ _id: "3" }] });
    expect((await again.count(1)).map(({ id }) => id)).toStrictEqual(["3"]);
    expect(await readAll(direct, { collection, after: until, until: again.position() })).toHaveLength(1);
    expect([watch.changes.length, watch.lost.length]).toStrictEqual([1, 1]);
    await Promise.all([watch.stop(), again.stop()]);
  });

  it("end the reading of changes and snapshots with a retriable error where the server goes away", async () => {
    const documents = Array.from({ length: 3_000 }, (_, i) => ({ _id: `${i}`, text: "x".repeat(1_000) }));
    const watch = await follow(direct, "none");
    const after = watch.position();
    const collection = await collectionOf(direct, documents);
    const { position: until } = await snapshotOf(direct, collection);
    const signal = new AbortController().signal;
    const changes = model.readChanges({ collection, after, until, signal })[Symbol.asyncIterator]();
    const snapshot = await model.snapshot(collection, { filter: {}, signal });
    expect((await changes.next()).value).toMatchObject({ id: "0" });
    await proxy.stop();
    const unavailable = { code: "READ_MODEL_UNAVAILABLE", retriable: true };
    await expect(drain(changes)).rejects.toMatchObject(unavailable);
    await expect(drain(snapshot.documents[Symbol.asyncIterator]())).rejects.toMatchObject(unavailable);
    await watch.stop();
  });
});

async function drain(items: AsyncIterator<unknown>): Promise<void> {
  for (;;) if ((await items.next()).done === true) return;
}

/** How many change streams of a database the server has open. */
async function streamsOpen(client: MongoClient, database: string): Promise<number> {
  const operations = await client
    .db("admin")
    .aggregate([
      { $currentOp: { idleCursors: true } },
      { $match: { "cursor.originatingCommand.pipeline.0.$changeStream": { $exists: true } } },
      { $match: { ns: { $regex: `^${database}\\.` } } },
    ])
    .toArray();
  return operations.length;
}
