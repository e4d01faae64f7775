import { describe, expect, it } from "vitest";
import type { CollectionSpec } from "../../src/read-model/read-model.ts";
import { uniqueName } from "../support/real-stack.ts";
import type { StoreOf } from "./read-model.ts";
import { documentsOf, newCheckpoint, nextCommit, writesTo } from "./read-model-support.ts";

/** A server may look for expired documents only once a minute. */
const PATIENCE = { timeout: 80_000, interval: 100 };
const HOUR_MS = 3_600_000;

/** Documents expire by a date that they have. */
export function expiryContract(storeOf: StoreOf): void {
  describe("a collection whose documents expire", () => {
    const timed = async (expire: CollectionSpec["expire"]): Promise<string> => {
      const { model } = storeOf();
      const collection = uniqueName("expiring");
      await model.ensureCollections([{ name: collection, ...(expire === undefined ? {} : { expire }) }]);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const inserts = [
        { _id: "new", at: new Date(), other: new Date() },
        { _id: "none" },
        { _id: "old", at: new Date(Date.now() - 2 * HOUR_MS), other: new Date() },
      ];
      await model.commit(nextCommit(checkpoint, writesTo(collection, { inserts })));
      return collection;
    };
    const ids = async (collection: string): Promise<readonly string[]> =>
      (await documentsOf(storeOf().model, collection)).map(({ _id }) => _id);

    it("loses those whose date is too long ago, and no others; when it does may be changed, and ended", async () => {
      const { model } = storeOf();
      const hour = { field: "at", afterMs: HOUR_MS };
      const [expiring, never, later, changed, moved, off] = await Promise.all([
        timed(hour),
        timed("never"),
        timed({ field: "at", afterMs: 3 * HOUR_MS }),
        timed({ field: "at", afterMs: 3 * HOUR_MS }),
        timed({ field: "other", afterMs: (2 ** 31 - 1) * 1_000 }),
        timed({ field: "at", afterMs: 3 * HOUR_MS }),
      ]);
      await model.ensureCollections([{ name: changed, expire: hour }]);
      await model.ensureCollections([{ name: moved, expire: { field: "other", afterMs: HOUR_MS } }]);
      await model.ensureCollections([{ name: moved, expire: hour }]);
      await model.ensureCollections([{ name: moved }]);
      await model.ensureCollections([{ name: off, expire: hour }]);
      await model.ensureCollections([{ name: off, expire: "never" }]);
      await expect.poll(async () => await ids(expiring), PATIENCE).toEqual(["new", "none"]);
      await expect.poll(async () => await ids(changed), PATIENCE).toEqual(["new", "none"]);
      await expect.poll(async () => await ids(moved), PATIENCE).toEqual(["new", "none"]);
      expect([await ids(never), await ids(later), await ids(off)]).toEqual(
        Array.from({ length: 3 }, () => ["new", "none", "old"]),
      );
    }, 100_000);
  });
}
