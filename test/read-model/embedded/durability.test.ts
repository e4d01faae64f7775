import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { anyDocuments } from "../../contract/read-model-arbitraries.ts";
import { collectionOf, documentsOf, newCheckpoint, nextCommit, writesTo } from "../../contract/read-model-support.ts";

describe("the embedded read model's file", () => {
  let folder = "";
  let file = "";
  const open = (): ReadModel => openEmbeddedReadModel({ file, logger: silentLogger });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "eventql-read-model-"));
    file = join(folder, "data.sqlite");
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("holds every document and checkpoint when it is opened again", async () => {
    await fc.assert(
      fc.asyncProperty(anyDocuments, async (documents) => {
        const before = open();
        const collection = await collectionOf(before, documents);
        const checkpoint = await before.openCheckpoint(newCheckpoint({ next: 5 }));
        await before.close();
        const after = open();
        expect(await documentsOf(after, collection)).toStrictEqual(documents);
        expect(await after.checkpoints(checkpoint.projection)).toStrictEqual([checkpoint]);
        await after.close();
      }),
      { numRuns: 20 },
    );
  });

  it("can be read by people: a document is JSON, in MongoDB's form where JSON has none", async () => {
    const model = open();
    const document = { _id: "1", name: "Ada", n: 2n ** 60n, at: new Date(0), token: Uint8Array.of(1), odd: -0 };
    await collectionOf(model, [document]);
    await model.close();
    const db = new DatabaseSync(file);
    const row = db.prepare("SELECT document FROM model_documents").get();
    db.close();
    expect(JSON.parse(String(row?.["document"]))).toStrictEqual({
      _id: "1",
      name: "Ada",
      n: { $numberLong: "1152921504606846976" },
      at: { $date: 0 },
      token: { $binary: "AQ==" },
      odd: { $numberDouble: "-0" },
    });
  });

  it("has documents that match the checkpoint after each SIGKILL amid commits", { timeout: 60_000 }, async () => {
    let last = 0;
    for (const commits of [1, 40, 150]) {
      await runAndKill(file, commits);
      const model = open();
      const [checkpoint] = await model.checkpoints("loop");
      const next = checkpoint?.next ?? 0;
      expect(next).toBeGreaterThanOrEqual(last + commits);
      last = next;
      expect(await model.find("counters", { filter: {} })).toStrictEqual([{ _id: "counter", n: next }]);
      const numbers = await model.find("numbers", { filter: {} });
      const expected = Array.from({ length: Math.min(next, 10) }, (_, i) => next - 1 - i);
      expect(numbers.map(({ _id }) => Number(_id)).toSorted((a, b) => b - a)).toStrictEqual(expected);
      await model.close();
    }
  });

  it("may be written by other connections between commits; a lock that lasts is an error, and nothing is written", async () => {
    const model = open();
    const collection = await collectionOf(model, []);
    const checkpoint = await model.openCheckpoint(newCheckpoint());
    const commit = nextCommit(checkpoint, writesTo(collection, { inserts: [{ _id: "1" }] }));
    const db = new DatabaseSync(file);
    db.exec("CREATE TABLE log_records (n INTEGER); BEGIN IMMEDIATE; INSERT INTO log_records VALUES (1)");
    await expect(model.commit(commit)).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
    expect(await documentsOf(model, collection)).toStrictEqual([]);
    db.exec("COMMIT");
    db.close();
    expect(await model.commit(commit)).toStrictEqual({ status: "committed" });
    await model.close();
  });

  it("is refused with its reason where it is no SQLite file", async () => {
    await writeFile(file, "not a database, and long enough to be seen as none".repeat(20));
    expect(open).toThrow(expect.objectContaining({ code: "READ_MODEL_UNAVAILABLE" }));
    file = join(folder, "no such folder", "data.sqlite");
    expect(open).toThrow(expect.objectContaining({ code: "READ_MODEL_UNAVAILABLE" }));
  });

  it("isn't used after the read model was closed", async () => {
    const model = open();
    await model.close();
    await model.close();
    await expect(model.find("documents", { filter: {} })).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
    await expect(model.ping()).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
  });

  it("gives documents that can't be changed by who reads them", async () => {
    const model = open();
    const collection = await collectionOf(model, [{ _id: "1", home: { tags: ["a"] } }]);
    const [found] = await documentsOf(model, collection);
    expect(Object.isFrozen(found) && Object.isFrozen(found?.["home"])).toBe(true);
    await model.close();
  });
});

/** Runs the commit loop in a process of its own and kills it after it has told of so many commits. */
async function runAndKill(file: string, commits: number): Promise<void> {
  const script = join(import.meta.dirname, "commit-loop.fixture.ts");
  const child = spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let told = 0;
  for await (const bytes of child.stdout) {
    told += String(bytes).length;
    if (told >= commits) child.kill("SIGKILL");
  }
  await exited;
}
