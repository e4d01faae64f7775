import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { uniqueName } from "../support/real-stack.ts";
import { effectOf, follow, idsOf, readAll, Writer } from "./read-model-change-support.ts";
import type { StoreOf } from "./read-model.ts";
import { anyDocuments } from "./read-model-arbitraries.ts";
import { collectionOf } from "./read-model-support.ts";

/** Who watches is told of every committed state of a document, once and in order. */
export function changesContract(storeOf: StoreOf): void {
  describe("watching changes", () => {
    it("tells what a commit did to each document, in the commits' order", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "changed", x: 1 }, { _id: "gone" }, { _id: "kept" }]);
      const watch = await follow(model, collection);
      const writer = new Writer(model, collection);
      await writer.commit({
        inserts: [{ _id: "new", x: 1 }],
        replacements: [{ _id: "changed", x: 2 }],
        deletions: ["gone", "never there"],
      });
      await writer.commit({ replacements: [{ _id: "new", x: 2 }] });
      await writer.commit({ deletions: ["new"] });
      const none = { document: undefined, previous: undefined };
      expect((await watch.count(5)).map(effectOf)).toStrictEqual([
        { ...none, operation: "insert", id: "new", document: { _id: "new", x: 1 } },
        { ...none, operation: "update", id: "changed", document: { _id: "changed", x: 2 } },
        { ...none, operation: "delete", id: "gone" },
        { ...none, operation: "update", id: "new", document: { _id: "new", x: 2 } },
        { ...none, operation: "delete", id: "new" },
      ]);
      await watch.stop();
    });

    it("tells nothing of what was acknowledged before, nor of commits that failed", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "before" }]);
      const writer = new Writer(model, collection);
      const watches = [await follow(model, collection)];
      await writer.commit({ inserts: [{ _id: "1" }] });
      watches.push(await follow(model, collection));
      await expect(writer.commit({ inserts: [{ _id: "2" }], replacements: [{ _id: "absent" }] })).rejects.toThrow(
        "conflict",
      );
      await writer.commit({ inserts: [{ _id: "3" }] });
      expect(idsOf(await watches[0]?.count(2))).toStrictEqual(["1", "3"]);
      expect(idsOf(await watches[1]?.count(1))).toStrictEqual(["3"]);
      await Promise.all(watches.map(async (watch) => watch.stop()));
    });

    it("gives each change a position of its own, later ones greater, in a large batch too", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const watch = await follow(model, collection);
      const begun = watch.position();
      const writer = new Writer(model, collection);
      const ids = Array.from({ length: 5_000 }, (_, i) => `${(i * 7_919) % 5_000}`);
      await writer.commit({ inserts: ids.map((_id) => ({ _id })) });
      await writer.commit({ replacements: [{ _id: "0", x: 1 }] });
      const changes = await watch.count(5_001);
      expect(idsOf(changes)).toStrictEqual([...ids, "0"]);
      const positions = [begun, ...changes.map(({ position }) => position)];
      const range = { collection, after: begun, until: positions.at(-1) ?? "" };
      expect(await readAll(model, range)).toStrictEqual(changes);
      expect(positions.findIndex((position, i) => i > 0 && !(position > (positions[i - 1] ?? "")))).toBe(-1);
      await vi.waitFor(() => expect(watch.position() >= (positions.at(-1) ?? "~")).toBe(true));
      await watch.stop();
    });

    it("tells nobody who has stopped, goes on for the others, and begins again with the next", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const writer = new Writer(model, collection);
      const [first, second] = [await follow(model, collection), await follow(model, collection)];
      await first.stop();
      await writer.commit({ inserts: [{ _id: "1" }] });
      await second.count(1);
      await second.stop();
      await writer.commit({ inserts: [{ _id: "2" }] });
      const third = await follow(model, collection);
      await writer.commit({ inserts: [{ _id: "3" }] });
      await third.count(1);
      await third.stop();
      expect([first, second, third].map(({ changes }) => idsOf(changes))).toStrictEqual([[], ["1"], ["3"]]);
    });

    it("goes on for the others where one listener throws", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const failing = await model.watchChanges({
        changed: () => {
          throw new TypeError("a listener that fails");
        },
        lost: () => {},
      });
      const watch = await follow(model, collection);
      await new Writer(model, collection).commit({ inserts: [{ _id: "1" }, { _id: "2" }] });
      expect(idsOf(await watch.count(2))).toStrictEqual(["1", "2"]);
      await Promise.all([failing.stop(), watch.stop()]);
    });

    it("tells every process the same changes at the same positions", async (context) => {
      const { model, other } = storeOf();
      if ("skipped" in other) return context.skip(other.skipped);
      const collection = await collectionOf(model, []);
      const watches = [await follow(model, collection), await follow(other, collection)];
      await new Writer(other, collection).commit({ inserts: [{ _id: "1" }, { _id: "2" }] });
      await new Writer(model, collection).commit({ replacements: [{ _id: "1", x: 1 }], deletions: ["2"] });
      const [here, there] = await Promise.all(watches.map(async (watch) => watch.count(4)));
      expect(there).toStrictEqual(here);
      expect(idsOf(here)).toStrictEqual(["1", "2", "1", "2"]);
      await Promise.all(watches.map(async (watch) => watch.stop()));
    });

    it("gives values as they were written", async () => {
      const { model } = storeOf();
      const collection = uniqueName("documents");
      await model.ensureCollections([{ name: collection, previous: true }]);
      const watch = await follow(model, collection);
      const writer = new Writer(model, collection);
      await fc.assert(
        fc.asyncProperty(anyDocuments, async (documents) => {
          const first = watch.changes.length;
          const deletions = documents.map(({ _id }) => _id);
          await writer.commit({ inserts: documents });
          await writer.commit({ deletions });
          const told = (await watch.count(first + 2 * documents.length)).slice(first);
          const [inserted, deleted] = [told.slice(0, documents.length), told.slice(documents.length)];
          expect(inserted.map(({ document }) => document)).toStrictEqual(documents);
          expect(deleted.map(({ previous }) => previous)).toStrictEqual(documents);
        }),
        { numRuns: 20 },
      );
      const after = watch.changes[0]?.position ?? "";
      const until = watch.changes.at(-1)?.position ?? "";
      expect(await readAll(model, { collection, after, until })).toStrictEqual(watch.changes.slice(1));
      await watch.stop();
    });
  });

  describe("previous documents", () => {
    it("come with the changes of collections that keep them, from when on they do", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, [{ _id: "1", x: 1 }]);
      const watch = await follow(model, collection);
      const writer = new Writer(model, collection);
      await writer.commit({ replacements: [{ _id: "1", x: 2 }] });
      await model.ensureCollections([{ name: collection, previous: true }]);
      await writer.commit({ inserts: [{ _id: "2" }], replacements: [{ _id: "1", x: 3 }] });
      await writer.commit({ deletions: ["1"] });
      await model.ensureCollections([{ name: collection, previous: false }]);
      await writer.commit({ replacements: [{ _id: "2", x: 1 }] });
      const changes = await watch.count(5);
      const expected = [undefined, undefined, { _id: "1", x: 2 }, { _id: "1", x: 3 }, undefined];
      expect(changes.map(({ previous }) => previous)).toStrictEqual(expected);
      await watch.stop();
    });
  });
}
