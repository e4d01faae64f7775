import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { follow, readAll, snapshotOf, Writer } from "../../contract/read-model-change-support.ts";
import { newCheckpoint, nextCommit, writesTo } from "../../contract/read-model-support.ts";

const COLLECTION = "users";

describe("the changes in the embedded read model's file", () => {
  let folder = "";
  let file = "";
  const opened: ReadModel[] = [];
  const open = (retainedChanges = 100_000): ReadModel => {
    const model = openEmbeddedReadModel({ file, logger: silentLogger, retainedChanges });
    opened.push(model);
    return model;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "eventql-read-model-"));
    file = join(folder, "data.sqlite");
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (model) => model.close()));
    await rm(folder, { recursive: true });
  });

  it("are read after an old position when the file is opened again", async () => {
    const before = open();
    await before.ensureCollections([{ name: COLLECTION, previous: true }]);
    const watch = await follow(before, COLLECTION);
    const begun = watch.position();
    const writer = new Writer(before, COLLECTION);
    await writer.commit({
      inserts: [
        { _id: "1", n: 2n ** 60n },
        { _id: "2", at: new Date(5) },
      ],
    });
    await writer.commit({ replacements: [{ _id: "1", n: 1 }], deletions: ["2"] });
    const old = [...(await watch.count(4))];
    await before.close();

    const after = open();
    const again = await follow(after, COLLECTION);
    expect(again.position()).toBe(old.at(-1)?.position);
    await new Writer(after, COLLECTION).commit({ inserts: [{ _id: "3" }] });
    const all = [...old, ...(await again.count(1))];
    const until = again.position();
    for (const [i, position] of [begun, ...all.map((change) => change.position)].entries())
      expect(await readAll(after, { collection: COLLECTION, after: position, until })).toStrictEqual(all.slice(i));
  });

  it("are told before the watchers of checkpoints are", async () => {
    const model = open();
    const told: string[] = [];
    await model.watchChanges({ changed: ({ id }) => void told.push(id), lost: () => {} });
    await model.watchCheckpoints(({ next }) => void told.push(`checkpoint ${next}`));
    const checkpoint = await model.openCheckpoint(newCheckpoint());
    const inserts = [{ _id: "1" }, { _id: "2" }];
    await model.commit(nextCommit(checkpoint, writesTo(COLLECTION, { inserts })));
    expect(told).toStrictEqual(["1", "2", "checkpoint 1"]);
  });

  it("of a commit under way aren't told to one who comes after it", async () => {
    const model = open();
    const writer = new Writer(model, COLLECTION);
    await writer.commit({ inserts: [{ _id: "1" }] });
    const committed = writer.commit({ inserts: [{ _id: "2" }] });
    const watch = await follow(model, COLLECTION);
    await committed;
    await writer.commit({ inserts: [{ _id: "3" }] });
    expect(watch.changes.map(({ id }) => id)).toStrictEqual(["3"]);
  });

  it("are kept to the newest, and whoever comes back too late is told so", async () => {
    const model = open(10);
    const watch = await follow(model, COLLECTION);
    const positions = [watch.position()];
    const writer = new Writer(model, COLLECTION);
    for (let i = 0; i < 25; i++) {
      await writer.commit({ inserts: [{ _id: `${i}` }] });
      positions.push(watch.position());
    }
    const until = watch.position();
    for (const after of positions.slice(0, 15))
      await expect(readAll(model, { collection: COLLECTION, after, until })).rejects.toMatchObject({
        code: "CURSOR_EXPIRED",
      });
    for (let i = 15; i <= 25; i++) {
      const read = await readAll(model, { collection: COLLECTION, after: positions[i] ?? "", until });
      expect(read.map(({ id }) => Number(id))).toStrictEqual(range(i, 25));
    }
    expect(countRows(file)).toBe(10);
    await model.close();

    const again = open(5);
    await new Writer(again, COLLECTION).commit({ inserts: range(25, 45).map((i) => ({ _id: `${i}` })) });
    const { position } = await snapshotOf(again, COLLECTION);
    await expect(readAll(again, { collection: COLLECTION, after: until, until: position })).rejects.toMatchObject({
      code: "CURSOR_EXPIRED",
    });
    expect(countRows(file)).toBe(5);
  });

  it("have positions that no other data folder takes for its own", async () => {
    const model = open();
    await new Writer(model, COLLECTION).commit({ inserts: [{ _id: "1" }] });
    const { position: after } = await snapshotOf(model, COLLECTION);
    await model.close();
    file = join(folder, "other.sqlite");
    const other = open();
    await new Writer(other, COLLECTION).commit({ inserts: [{ _id: "1" }, { _id: "2" }] });
    const { position: until } = await snapshotOf(other, COLLECTION);
    await expect(readAll(other, { collection: COLLECTION, after, until })).rejects.toMatchObject({
      code: "CURSOR_INVALID",
    });
  });

  it("never have a position twice, not even where a power cut took the newest", async () => {
    const model = open();
    const watch = await follow(model, COLLECTION);
    const writer = new Writer(model, COLLECTION);
    await writer.commit({ inserts: [{ _id: "1" }] });
    await writer.commit({ inserts: [{ _id: "lost" }] });
    const [kept, lost] = [...(await watch.count(2))];
    await model.close();
    cutNewest(file);

    const again = open();
    const later = await follow(again, COLLECTION);
    expect(later.position()).toBe(kept?.position);
    await new Writer(again, COLLECTION).commit({ inserts: [{ _id: "3" }, { _id: "4" }] });
    expect((await later.count(2)).every(({ position }) => position > (lost?.position ?? "~"))).toBe(true);
    const rest = await readAll(again, { collection: COLLECTION, after: lost?.position ?? "", until: later.position() });
    expect(rest.map(({ id }) => id)).toStrictEqual(["3", "4"]);
  });

  it("begin with a file that was written before there were any", async () => {
    const model = open();
    await new Writer(model, COLLECTION).commit({ inserts: [{ _id: "1" }] });
    await model.close();
    const db = new DatabaseSync(file);
    db.exec("DROP TABLE model_changes; DROP TABLE model_store");
    db.close();

    const again = open();
    const { position: after, documents } = await snapshotOf(again, COLLECTION);
    expect(documents).toStrictEqual([{ _id: "1" }]);
    await new Writer(again, COLLECTION).commit({ deletions: ["1"] });
    const { position: until } = await snapshotOf(again, COLLECTION);
    expect(await readAll(again, { collection: COLLECTION, after, until })).toMatchObject([{ operation: "delete" }]);
  });

  it("of EventQL's own collections aren't kept", async () => {
    const model = open();
    await new Writer(model, "eventql_parked").commit({ inserts: [{ _id: "1" }] });
    expect(countRows(file)).toBe(0);
  });

  it("aren't read, watched or photographed after the read model was closed", async () => {
    const model = open();
    const { position } = await snapshotOf(model, COLLECTION);
    await model.close();
    const closed = { code: "READ_MODEL_UNAVAILABLE" };
    await expect(follow(model, COLLECTION)).rejects.toMatchObject(closed);
    await expect(snapshotOf(model, COLLECTION)).rejects.toMatchObject(closed);
    await expect(readAll(model, { collection: COLLECTION, after: position, until: position })).rejects.toMatchObject(
      closed,
    );
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function countRows(file: string): number {
  const db = new DatabaseSync(file);
  const row = db.prepare("SELECT count(*) AS count FROM model_changes").get();
  db.close();
  return Number(row?.["count"]);
}

/** What a power cut does: the newest commit is gone, and what was flushed before it is there. */
function cutNewest(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("DELETE FROM model_changes WHERE seq = (SELECT max(seq) FROM model_changes)");
  db.close();
}
