import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import type { StoreOf } from "./read-model.ts";
import { collectionOf, documentsOf, newCheckpoint, nextCommit, positionOf, writesTo } from "./read-model-support.ts";

/** Several checkpoints move in one transaction, and what is not wanted any more goes. */
export function togetherContract(storeOf: StoreOf): void {
  describe("a commit of several checkpoints", () => {
    it("moves all of them, and writes once", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const first = await model.openCheckpoint(newCheckpoint());
      const second = await model.openCheckpoint(newCheckpoint({ next: 5 }));
      const commit = nextCommit(first, writesTo(collection, { inserts: [{ _id: "a" }] }));
      const also = [{ checkpoint: { ...second, next: 9, generation: 3 }, from: 5 }];
      expect(await model.commit({ ...commit, also })).toStrictEqual({ status: "committed" });
      expect([await positionOf(model, first), await positionOf(model, second)]).toStrictEqual([1, 9]);
      expect(await model.checkpoints(second.projection)).toStrictEqual([{ ...second, next: 9, generation: 3 }]);
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "a" }]);
    });

    it.each([
      ["stands elsewhere", { next: 4 }],
      ["is of a newer generation", { generation: 2 }],
    ])("is fenced where one of them %s, and nothing is written", async (_why, difference) => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const first = await model.openCheckpoint(newCheckpoint());
      const expected = newCheckpoint();
      const stored = await model.openCheckpoint({ ...expected, ...difference });
      const commit = nextCommit(first, writesTo(collection, { inserts: [{ _id: "a" }] }));
      const also = [{ checkpoint: { ...expected, next: 1 }, from: 0 }];
      expect(await model.commit({ ...commit, also })).toStrictEqual({ status: "fenced" });
      expect(await positionOf(model, first)).toBe(0);
      expect(await model.checkpoints(expected.projection)).toStrictEqual([stored]);
      expect(await documentsOf(model, collection)).toStrictEqual([]);
    });

    it("asserts where one stands that moves nowhere", async () => {
      const { model } = storeOf();
      const first = await model.openCheckpoint(newCheckpoint());
      const other = await model.openCheckpoint(newCheckpoint({ next: 5 }));
      const asserting = (next: number) => ({ also: [{ checkpoint: { ...other, next }, from: next }] });
      expect(await model.commit({ ...nextCommit(first), ...asserting(4) })).toStrictEqual({ status: "fenced" });
      expect(await model.commit({ ...nextCommit(first), ...asserting(5) })).toStrictEqual({ status: "committed" });
      expect(await model.checkpoints(other.projection)).toStrictEqual([other]);
    });

    it("of two that each move what the other asserts, one is fenced", async () => {
      const { model } = storeOf();
      const [a, b] = await Promise.all([newCheckpoint(), newCheckpoint()].map((each) => model.openCheckpoint(each)));
      if (a === undefined || b === undefined) throw new TypeError("two were opened");
      const moving = async (one: Checkpoint, other: Checkpoint): Promise<string> =>
        (await model.commit({ ...nextCommit(one), also: [{ checkpoint: other, from: 0 }] })).status;
      for (const statuses of [await Promise.all([moving(a, b), moving(b, a)])])
        expect(statuses.toSorted()).toStrictEqual(["committed", "fenced"]);
    });

    it("tells of each that moved", async () => {
      const { model } = storeOf();
      const first = await model.openCheckpoint(newCheckpoint());
      const second = await model.openCheckpoint(newCheckpoint());
      const told = new Set<string>();
      const all = Promise.withResolvers<void>();
      const stop = await model.watchCheckpoints(({ projection, next }) => {
        if (next === 1 && [first.projection, second.projection].includes(projection)) told.add(projection);
        if (told.size === 2) all.resolve();
      });
      await model.commit({ ...nextCommit(first), also: [{ checkpoint: { ...second, next: 1 }, from: 0 }] });
      await all.promise;
      expect(told.size).toBe(2);
      await stop();
    });
  });

  describe("what isn't wanted any more", () => {
    it("goes with its collection, which may be made anew", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "a" }]);
      const other = await collectionOf(model, [{ _id: "b" }]);
      await model.dropCollections([collection, "was never there"]);
      expect(await documentsOf(model, collection)).toStrictEqual([]);
      expect(await documentsOf(model, other)).toStrictEqual([{ _id: "b" }]);
      await model.ensureCollections([{ name: collection }]);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      await model.commit(nextCommit(checkpoint, writesTo(collection, { inserts: [{ _id: "a" }] })));
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "a" }]);
    });

    it("is of no matter to those who follow other collections", async () => {
      const { model } = storeOf();
      const [followed, dropped] = [await collectionOf(model, []), await collectionOf(model, [{ _id: "a" }])];
      const told = Promise.withResolvers<string>();
      const watch = await model.watchChanges({
        changed: ({ collection, id }) => {
          if (collection === followed) told.resolve(id);
        },
        follows: (collection) => collection === followed,
        lost: (error) => told.resolve(error.code),
      });
      await model.dropCollections([dropped]);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      await model.commit(nextCommit(checkpoint, writesTo(followed, { inserts: [{ _id: "b" }] })));
      expect(await told.promise).toBe("b");
      await watch.stop();
    });

    it("goes by a filter, and the rest stays", async () => {
      const { model } = storeOf();
      const collection = `eventql_${await collectionOf(model, [])}`;
      await model.ensureCollections([{ name: collection }]);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const inserts = ["a", "b", "c"].map((_id) => ({ _id, of: _id === "b" ? "kept" : "gone" }));
      await model.commit(nextCommit(checkpoint, writesTo(collection, { inserts })));
      await model.removeDocuments(collection, { of: "gone" });
      expect(await documentsOf(model, collection)).toStrictEqual([{ _id: "b", of: "kept" }]);
    });

    it("goes with its checkpoints: who would move one is fenced", async () => {
      const { model } = storeOf();
      const first = await model.openCheckpoint(newCheckpoint());
      const second = await model.openCheckpoint({ ...first, topic: "other" });
      await model.removeCheckpoints(first.projection, first.topic);
      expect(await model.checkpoints(first.projection)).toStrictEqual([second]);
      expect(await model.commit(nextCommit(first))).toStrictEqual({ status: "fenced" });
      await model.removeCheckpoints(first.projection);
      expect(await model.checkpoints(first.projection)).toStrictEqual([]);
    });
  });
}
