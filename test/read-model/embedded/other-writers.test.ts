import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Checkpoint } from "../../../src/model/checkpoint.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const SHARED = "eventql_shared";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ReadModel;
let beside: ReadModel;

const at = (next: number): Checkpoint => ({
  projection: "asked",
  topic: "t",
  partition: 0,
  next,
  generation: 0,
  partitions: 0,
});

const ask = async (of: ReadModel, from: number, _id: string): Promise<string> => {
  const writes = [{ collection: SHARED, inserts: [{ _id, state: "asked" }], replacements: [], deletions: [] }];
  return (await of.commit({ checkpoint: at(from + 1), from, writes })).status;
};

const found = async (of: ReadModel): Promise<unknown> => await of.find(SHARED, { filter: {}, sort: { _id: 1 } });

beforeEach(async () => {
  folder = await temporaryFolder();
  const options = { file: join(folder.path, "eventql.db"), logger: silentLogger };
  server = openEmbeddedReadModel(options);
  await server.ensureCollections([{ name: SHARED, shared: true }]);
  await server.openCheckpoint(at(0));
  beside = openEmbeddedReadModel(options);
  await beside.ensureCollections([{ name: SHARED, shared: true }]);
});

afterEach(async () => {
  await server.close();
  await beside.close();
  await folder.remove();
});

test("what another process writes to a shared collection is read, and can be replaced", async () => {
  expect(await found(server)).toEqual([]);
  expect(await ask(beside, 0, "a")).toBe("committed");
  expect(await found(server)).toEqual([{ _id: "a", state: "asked" }]);
  expect(await server.aggregate(SHARED, [{ $count: "all" }])).toEqual([{ all: 1 }]);
  const replacements = [{ _id: "a", state: "done" }];
  const writes = [{ collection: SHARED, inserts: [], replacements, deletions: [] }];
  expect((await server.commit({ checkpoint: at(2), from: 1, writes })).status).toBe("committed");
  expect(await found(beside)).toEqual([{ _id: "a", state: "done" }]);
  expect(await ask(beside, 1, "b")).toBe("fenced");
  expect(await ask(beside, 2, "b")).toBe("committed");
  expect(await found(server)).toEqual(await found(beside));
});

test("checkpoints that another process moves are told, and once", async () => {
  const told: number[] = [];
  const stop = await server.watchCheckpoints(({ projection, next }) => {
    if (projection === "asked") told.push(next);
  });
  await ask(beside, 0, "a");
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([1]);
  await ask(server, 1, "b");
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([1, 2]);
  await ask(beside, 2, "c");
  await expect.poll(() => told, { timeout: 5_000 }).toEqual([1, 2, 3]);
  await stop();
});
