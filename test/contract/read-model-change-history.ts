import { describe, expect, it, vi } from "vitest";
import type { DocumentChange, ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { uniqueName } from "../support/real-stack.ts";
import { allOf, follow, idsOf, readAll, snapshotOf, Writer } from "./read-model-change-support.ts";
import type { StoreOf } from "./read-model.ts";
import { collectionOf } from "./read-model-support.ts";

/** Who comes back reads exactly what is missed; a snapshot and the changes after it are the whole. */
export function changeHistoryContract(storeOf: StoreOf): void {
  describe("reading changes that were", () => {
    it("gives exactly what is after a position, up to another and with it", async () => {
      const { model, other } = storeOf();
      const [collection, second] = [await collectionOf(model, []), await collectionOf(model, [])];
      const watch = await follow(model, collection);
      const secondWatch = await follow(model, second);
      const begun = watch.position();
      await someWrites(model, collection, second);
      const all = [...(await watch.count(12))];
      const elsewhere = await secondWatch.count(3);
      const positions = [begun, ...all.map(({ position }) => position), ...elsewhere.map(({ position }) => position)];
      const ranges = positions.flatMap((after) => positions.map((until) => ({ collection, after, until })));
      const readers = "skipped" in other ? [model] : [model, other];
      for (const [i, range] of ranges.entries()) {
        const expected = all.filter(({ position }) => position > range.after && position <= range.until);
        expect(await readAll(readers[i % readers.length] ?? model, range)).toStrictEqual(expected);
      }
      await Promise.all([watch.stop(), secondWatch.stop()]);
    });

    it("ends soon where nothing changes any more", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const first = await follow(model, collection);
      const after = first.position();
      await new Writer(model, collection).commit({ inserts: [{ _id: "1" }] });
      const watch = await follow(model, collection);
      const begun = performance.now();
      expect(idsOf(await readAll(model, { collection, after, until: watch.position() }))).toStrictEqual(["1"]);
      const { position } = await snapshotOf(model, collection);
      expect(idsOf(await readAll(model, { collection, after, until: position }))).toStrictEqual(["1"]);
      expect(performance.now() - begun).toBeLessThan(3_000);
      await Promise.all([first.stop(), watch.stop()]);
    });

    it("ends where the reader stops, and on abort", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const watch = await follow(model, collection);
      const after = watch.position();
      await new Writer(model, collection).commit({ inserts: Array.from({ length: 20 }, (_, i) => ({ _id: `${i}` })) });
      const until = (await watch.count(20)).at(-1)?.position ?? "";
      const abort = new AbortController();
      const seen: string[] = [];
      for await (const { id } of model.readChanges({ collection, after, until, signal: abort.signal })) {
        seen.push(id);
        if (seen.length === 3) abort.abort();
      }
      expect(seen).toStrictEqual(["0", "1", "2"]);
      for await (const { id } of model.readChanges({
        collection,
        after,
        until,
        signal: new AbortController().signal,
      })) {
        seen.push(id);
        if (seen.length === 5) break;
      }
      expect(seen).toStrictEqual(["0", "1", "2", "0", "1"]);
      await watch.stop();
    });

    it.each(["", "abc", "123/~", "00000000000000g0/82", "zzzz/0000000000000001"])(
      "refuses what is no position: '%s'",
      async (after) => {
        const { model } = storeOf();
        const { position: until } = await snapshotOf(model, "documents");
        await expect(readAll(model, { collection: "documents", after, until })).rejects.toMatchObject({
          code: "CURSOR_INVALID",
        });
      },
    );

    it("refuses a position of a time to come", async () => {
      const { model } = storeOf();
      const { position: until } = await snapshotOf(model, "documents");
      const after = until.endsWith("~") ? `F${until.slice(1)}` : until.replace(/\d{16}$/, "9".repeat(16));
      await expect(readAll(model, { collection: "documents", after, until })).rejects.toMatchObject({
        code: "CURSOR_INVALID",
      });
    });
  });

  describe("a snapshot", () => {
    it("has the documents that match, by key, and stays as it was", async () => {
      const { model } = storeOf();
      const documents = Array.from({ length: 2_500 }, (_, i) => ({ _id: String(i).padStart(4, "0"), x: i % 2 }));
      const collection = await collectionOf(model, documents.toReversed());
      const signal = new AbortController().signal;
      const snapshot = await model.snapshot(collection, { filter: { x: 1 }, signal });
      await new Writer(model, collection).commit({
        inserts: [{ _id: "new", x: 1 }],
        replacements: [{ _id: "0001", x: 5 }],
        deletions: ["2499"],
      });
      expect(await allOf(snapshot.documents)).toStrictEqual(documents.filter(({ x }) => x === 1));
    });

    it("of a collection that isn't there is empty", async () => {
      const { model } = storeOf();
      expect((await snapshotOf(model, uniqueName("absent"))).documents).toStrictEqual([]);
    });

    it("isn't older than what a listener was told, asked for within the telling", async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const checks: Promise<boolean>[] = [];
      const watch = await model.watchChanges({
        changed: (change) => {
          if (change.collection === collection)
            checks.push(
              snapshotOf(model, collection).then(
                ({ position, documents }) =>
                  position >= change.position && documents.some(({ _id }) => _id === change.id),
              ),
            );
        },
        lost: () => {},
      });
      const writer = new Writer(model, collection);
      for (let i = 0; i < 10; i++) await writer.commit({ inserts: [{ _id: `${i}` }] });
      await vi.waitFor(() => expect(checks).toHaveLength(10), { timeout: 5_000 });
      expect(await Promise.all(checks)).toStrictEqual(checks.map(() => true));
      await watch.stop();
    });

    it("and the changes after it are the collection, under commits all the while", { timeout: 60_000 }, async () => {
      const { model } = storeOf();
      const collection = await collectionOf(model, []);
      const abort = new AbortController();
      const writers = [0, 1, 2].map(async (partition) => writeUntil(model, collection, partition, abort.signal));
      for (let round = 0; round < 10; round++) {
        const watch = await follow(model, collection);
        const { position, documents } = await snapshotOf(model, collection);
        await watch.count(60);
        await watch.stop();
        const later = watch.changes.filter((change) => change.position > position);
        const { position: until, documents: expected } = await snapshotOf(model, collection);
        const between = await readAll(model, { collection, after: watch.changes.at(-1)?.position ?? "", until });
        expect(await readAll(model, { collection, after: position, until })).toStrictEqual([...later, ...between]);
        expect(applied(documents, [...later, ...between])).toStrictEqual(expected);
      }
      abort.abort();
      await Promise.all(writers);
    });
  });
}

/** Twelve changes of the first collection, three of the second, between them. */
async function someWrites(model: ReadModel, collection: string, second: string): Promise<void> {
  const [writer, elsewhere] = [new Writer(model, collection), new Writer(model, second)];
  for (let i = 0; i < 3; i++) {
    await writer.commit({ inserts: [{ _id: `a${i}` }, { _id: `b${i}` }] });
    await elsewhere.commit({ inserts: [{ _id: `${i}` }] });
    await writer.commit({ replacements: [{ _id: `a${i}`, x: i }], deletions: [`b${i}`] });
  }
}

/** Commits batches of inserts, replacements and deletions on keys of its own. Batches apply only where they fit. */
async function writeUntil(model: ReadModel, collection: string, partition: number, signal: AbortSignal): Promise<void> {
  const writer = new Writer(model, collection);
  const key = (n: number): string => `${partition}/${n}`;
  for (let n = 0; !signal.aborted; n++) {
    const inserts = [{ _id: key(n), n }];
    const replacements = n > 0 ? [{ _id: key(n - 1), n, again: true }] : [];
    await writer.commit({ inserts, replacements, deletions: n >= 20 ? [key(n - 20)] : [] });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The documents after the changes; a change that doesn't fit is an error. */
function applied(documents: readonly StoredDocument[], changes: readonly DocumentChange[]): readonly StoredDocument[] {
  const state = new Map(documents.map((document) => [document._id, document]));
  for (const { operation, id, document } of changes) {
    expect(state.has(id)).toBe(operation !== "insert");
    if (document === undefined) state.delete(id);
    else state.set(id, document);
  }
  return [...state.values()].toSorted((a, b) => (a._id < b._id ? -1 : 1));
}
