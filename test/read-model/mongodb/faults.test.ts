import { MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Checkpoint } from "../../../src/model/checkpoint.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { type Logger, silentLogger } from "../../../src/telemetry/logger.ts";
import {
  collectionOf,
  documentsOf,
  newCheckpoint,
  nextCommit,
  positionOf,
  writesTo,
} from "../../contract/read-model-support.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

const SELECTION_MS = 400;

describeReal("MongoDB behind a connection that breaks", () => {
  const database = uniqueName("read-model-faults");
  let direct: ReadModel;
  let proxy: TcpProxy;
  let model: ReadModel;
  const warn = vi.fn<Logger["warn"]>();

  beforeAll(async () => {
    direct = openMongoReadModel({ url: realStack().mongoUrl, database, logger: silentLogger });
    await direct.ensureCollections([]);
  });

  afterAll(async () => {
    await direct.close();
    const client = new MongoClient(realStack().mongoUrl);
    await client.db(database).dropDatabase();
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
      timeouts: { serverSelection: SELECTION_MS, socket: 1_000 },
    });
  });

  afterEach(async () => {
    warn.mockClear();
    await model.close();
    await proxy.stop();
  });

  it("fails every call in bounded time while it is away, and works when it comes", async () => {
    const { signal } = new AbortController();
    const { position: after } = await direct.snapshot("documents", { filter: {}, signal });
    await proxy.stop();
    const begun = performance.now();
    const commit = nextCommit(newCheckpoint());
    const calls = [
      model.ping(),
      model.find("documents", { filter: {} }),
      model.aggregate("documents", []),
      model.checkpoints("projection"),
      model.openCheckpoint(commit.checkpoint),
      model.commit(commit),
      model.ensureCollections([]),
      model.watchCheckpoints(() => {}),
      model.watchChanges({ changed: () => {}, lost: () => {} }),
      model.snapshot("documents", { filter: {}, signal }),
      model.readChanges({ collection: "documents", after, until: after, signal })[Symbol.asyncIterator]().next(),
    ];
    for (const result of await Promise.allSettled(calls))
      expect(result).toMatchObject({ status: "rejected", reason: { code: "READ_MODEL_UNAVAILABLE", retriable: true } });
    expect(performance.now() - begun).toBeLessThan(15_000);

    await proxy.start();
    await vi.waitFor(async () => model.ping(), { timeout: 10_000 });
    const end = await model.watchCheckpoints(() => {});
    expect(await model.find("documents", { filter: {} })).toStrictEqual([]);
    await end();
  });

  it("gives a read up that isn't answered", async () => {
    await model.ping();
    proxy.onRequest = () => "swallow the answer";
    await expect(model.find("documents", { filter: {}, timeoutMs: 200 })).rejects.toMatchObject({
      code: "READ_MODEL_UNAVAILABLE",
    });
  });

  it("tells watchers of what moved while the connection was broken", async () => {
    const checkpoint = await direct.openCheckpoint(newCheckpoint());
    const seen: Checkpoint[] = [];
    const end = await model.watchCheckpoints((moved) => {
      if (moved.projection === checkpoint.projection) seen.push(moved);
    });
    await direct.commit(nextCommit(checkpoint));
    await vi.waitFor(() => expect(seen.at(-1)?.next).toBe(1), { timeout: 5_000 });
    await proxy.stop();
    await direct.commit(nextCommit({ ...checkpoint, next: 1 }));
    await expect.poll(() => warn.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await direct.commit(nextCommit({ ...checkpoint, next: 2 }));
    await proxy.start();
    await vi.waitFor(() => expect(seen.at(-1)?.next).toBe(3), { timeout: 15_000 });
    await direct.commit(nextCommit({ ...checkpoint, next: 3 }));
    await vi.waitFor(() => expect(seen.at(-1)?.next).toBe(4), { timeout: 5_000 });
    await end();
  });

  it("commits once where the connection breaks within the transaction", async () => {
    const collection = await collectionOf(direct, []);
    const checkpoint = await direct.openCheckpoint(newCheckpoint());
    await model.ping();
    let broken = 0;
    proxy.onRequest = (bytes) => (bytes.includes("insert") && broken++ === 0 ? "swallow the answer" : "pass");
    const writes = writesTo(collection, { inserts: [{ _id: "once" }] });
    expect(await model.commit(nextCommit(checkpoint, writes))).toStrictEqual({ status: "committed" });
    expect(broken).toBeGreaterThan(1);
    expect(await documentsOf(direct, collection)).toHaveLength(1);
    expect(await positionOf(direct, checkpoint)).toBe(1);
  });

  it("commits once where the answer to the commit is lost", async () => {
    const collection = await collectionOf(direct, []);
    const checkpoint = await direct.openCheckpoint(newCheckpoint());
    await model.ping();
    let broken = 0;
    proxy.onRequest = (bytes) =>
      bytes.includes("commitTransaction") && broken++ === 0 ? "swallow the answer" : "pass";
    const writes = writesTo(collection, { inserts: [{ _id: "once" }] });
    expect(await model.commit(nextCommit(checkpoint, writes))).toStrictEqual({ status: "committed" });
    expect(broken).toBeGreaterThan(1);
    expect(await documentsOf(direct, collection)).toHaveLength(1);
    expect(await positionOf(direct, checkpoint)).toBe(1);
  });

  it("says that the outcome is unknown where no answer to the commit arrives", async () => {
    const collection = await collectionOf(direct, []);
    const checkpoint = await direct.openCheckpoint(newCheckpoint());
    await model.ping();
    proxy.onRequest = (bytes) => (bytes.includes("commitTransaction") ? "swallow the answer" : "pass");
    const writes = writesTo(collection, { inserts: [{ _id: "once" }] });
    await expect(model.commit(nextCommit(checkpoint, writes))).rejects.toMatchObject({ code: "COMMIT_UNKNOWN" });
    expect(await positionOf(direct, checkpoint)).toBe(1);
    expect(await documentsOf(direct, collection)).toHaveLength(1);
  });

  it("writes nothing where the transaction never reaches the server", async () => {
    const checkpoint = await direct.openCheckpoint(newCheckpoint());
    await model.ping();
    proxy.onRequest = (bytes) => (bytes.includes("eventql_checkpoints") ? "drop" : "pass");
    await expect(model.commit(nextCommit(checkpoint))).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
    expect(await positionOf(direct, checkpoint)).toBe(0);
  });
});
