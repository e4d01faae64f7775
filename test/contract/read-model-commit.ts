import { describe, expect, it } from "vitest";
import type { StoreOf } from "./read-model.ts";
import { collectionOf, documentsOf, newCheckpoint, nextCommit, positionOf, writesTo } from "./read-model-support.ts";

/** A batch is applied whole, once, and by the newest projector. */
export function commitContract(storeOf: StoreOf): void {
  describe("checkpoints", () => {
    it("the first to open a checkpoint stores it, a later one is given that", async () => {
      const { model } = storeOf();
      const first = newCheckpoint({ next: 7 });
      expect(await model.openCheckpoint(first)).toStrictEqual(first);
      expect(await model.openCheckpoint({ ...first, next: 0, generation: 9 })).toStrictEqual(first);
      expect(await model.checkpoints(first.projection)).toStrictEqual([first]);
    });

    it("a checkpoint opened by many at once is stored once", async () => {
      const { model } = storeOf();
      const checkpoint = newCheckpoint();
      const opened = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => model.openCheckpoint({ ...checkpoint, next: i })),
      );
      expect(new Set(opened.map(({ next }) => next)).size).toBe(1);
    });

    it("what finds its place in another log comes back, and goes where a commit has none", async () => {
      const { model } = storeOf();
      const checkpoint = await model.openCheckpoint(newCheckpoint({ log: "a" }));
      const named = { ...checkpoint, next: 1, newest: "0190a0de", unnamed: 2, log: "b" };
      await model.commit({ checkpoint: named, from: 0, writes: [] });
      expect(await model.checkpoints(checkpoint.projection)).toStrictEqual([named]);
      expect(await model.openCheckpoint(checkpoint)).toStrictEqual(named);
      const { newest, unnamed, log, ...plain } = { ...named, next: 2 };
      await model.commit({ checkpoint: plain, from: 1, writes: [] });
      expect(await model.checkpoints(checkpoint.projection)).toStrictEqual([plain]);
      expect([newest, unnamed, log]).toStrictEqual(["0190a0de", 2, "b"]);
    });

    it("a projection's checkpoints are listed, and no other's", async () => {
      const { model } = storeOf();
      const first = newCheckpoint();
      const second = { ...first, partition: 1, next: 5 };
      const third = { ...first, topic: "other" };
      for (const checkpoint of [first, second, third, newCheckpoint()]) await model.openCheckpoint(checkpoint);
      expect(await model.checkpoints(first.projection)).toHaveLength(3);
      expect(await model.checkpoints(first.projection, "other")).toStrictEqual([third]);
      const listed = await model.checkpoints(first.projection, first.topic);
      expect(listed.toSorted((a, b) => a.partition - b.partition)).toStrictEqual([first, second]);
      expect(await model.checkpoints("no such projection")).toStrictEqual([]);
    });
  });

  describe("a commit", () => {
    it("inserts, replaces and deletes, and moves the checkpoint", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [
        { _id: "changed", old: 1 },
        { _id: "gone" },
        { _id: "kept", x: 1 },
      ]);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const writes = writesTo(collection, {
        inserts: [{ _id: "added", x: 2 }],
        replacements: [{ _id: "changed", x: 3 }],
        deletions: ["gone", "never there"],
      });
      const commit = nextCommit({ ...checkpoint, generation: 2 }, writes);
      expect(await model.commit(commit)).toStrictEqual({ status: "committed" });
      expect(await documentsOf(model, collection)).toStrictEqual([
        { _id: "added", x: 2 },
        { _id: "changed", x: 3 },
        { _id: "kept", x: 1 },
      ]);
      expect(await model.checkpoints(checkpoint.projection)).toStrictEqual([commit.checkpoint]);
    });

    it("writes to several collections at once, or to none", async () => {
      const { model } = storeOf();
      const [one, two] = [await collectionOf(model, [{ _id: "a" }]), await collectionOf(model, [{ _id: "a" }])];
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const commit = nextCommit(checkpoint, writesTo(one, { deletions: ["a"] }), writesTo(two, { deletions: ["a"] }));
      expect(await model.commit(commit)).toStrictEqual({ status: "committed" });
      expect([await documentsOf(model, one), await documentsOf(model, two)]).toStrictEqual([[], []]);
      expect(await model.commit(nextCommit(commit.checkpoint))).toStrictEqual({ status: "committed" });
      expect(await positionOf(model, checkpoint)).toBe(2);
    });

    it.each([
      ["the checkpoint stands elsewhere", { next: 4 }],
      ["the checkpoint is of a newer generation", { generation: 2 }],
    ])("is fenced where %s, and writes nothing", async (_why, difference) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "a", x: 1 }]);
      const expected = newCheckpoint();
      const stored = await model.openCheckpoint({ ...expected, ...difference });
      const writes = writesTo(collection, { inserts: [{ _id: "b" }], replacements: [{ _id: "a" }] });
      expect(await model.commit(nextCommit(expected, writes))).toStrictEqual({ status: "fenced" });
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "a", x: 1 }]);
      expect(await model.checkpoints(expected.projection)).toStrictEqual([stored]);
    });

    it("is fenced where there is no checkpoint", async () => {
      const { model } = storeOf();
      const checkpoint = newCheckpoint();
      expect(await model.commit(nextCommit(checkpoint))).toStrictEqual({ status: "fenced" });
      expect(await model.checkpoints(checkpoint.projection)).toStrictEqual([]);
    });

    it.each([
      ["an inserted document exists", { inserts: [{ _id: "new" }, { _id: "a" }] }],
      ["a document is inserted twice", { inserts: [{ _id: "new" }, { _id: "new" }] }],
      ["a replaced document doesn't exist", { replacements: [{ _id: "a" }, { _id: "new" }] }],
    ])("is a conflict where %s, and writes nothing", async (_why, writes) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "a", x: 1 }]);
      const other = await collectionOf(model, []);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const commit = nextCommit(checkpoint, writesTo(other, { inserts: [{ _id: "c" }] }), writesTo(collection, writes));
      expect(await model.commit(commit)).toStrictEqual({ status: "conflict" });
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "a", x: 1 }]);
      expect(await documentsOf(model, other)).toStrictEqual([]);
      expect(await positionOf(model, checkpoint)).toBe(0);
    });

    it("succeeds for each of many checkpoints at once", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const projection = newCheckpoint();
      const rounds = Array.from({ length: 5 }, (_, round) => round);
      const statuses = await Promise.all(
        Array.from({ length: 8 }, async (_, partition) => {
          const checkpoint = await model.openCheckpoint({ ...projection, partition });
          const results: string[] = [];
          for (const next of rounds) {
            const inserts = [0, 1, 2].map((i) => ({ _id: `${partition}/${next}/${i}` }));
            const { status } = await model.commit(
              nextCommit({ ...checkpoint, next }, writesTo(collection, { inserts })),
            );
            results.push(status);
          }
          return results;
        }),
      );
      expect(new Set(statuses.flat())).toStrictEqual(new Set(["committed"]));
      expect(await documentsOf(model, collection)).toHaveLength(8 * 5 * 3);
    });

    it("succeeds once of many of the same checkpoint at once", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const results = await Promise.all(
        Array.from({ length: 6 }, async (_, i) =>
          model.commit(nextCommit(checkpoint, writesTo(collection, { inserts: [{ _id: `by ${i}` }] }))),
        ),
      );
      expect(results.filter(({ status }) => status === "committed")).toHaveLength(1);
      expect(results.filter(({ status }) => status === "fenced")).toHaveLength(5);
      expect(await documentsOf(model, collection)).toHaveLength(1);
    });

    it("of 24 MB works", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const text = "x".repeat(1_000_000);
      const inserts = Array.from({ length: 24 }, (_, i) => ({ _id: `${i}`, text }));
      const commit = nextCommit(checkpoint, writesTo(collection, { inserts }));
      expect(await model.commit(commit)).toStrictEqual({ status: "committed" });
      expect(await model.find(collection, { filter: {}, fields: ["_id"] })).toHaveLength(24);
    });
  });
}
