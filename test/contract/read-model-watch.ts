import { describe, expect, it, type TestContext, vi } from "vitest";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import type { StoreOf } from "./read-model.ts";
import { collectionOf, newCheckpoint, nextCommit, writesTo } from "./read-model-support.ts";

/** Whoever watches learns of every checkpoint's newest state, once its documents can be read. */
export function watchContract(storeOf: StoreOf): void {
  describe("watching checkpoints", () => {
    it("tells each watcher of the final state of every checkpoint", async () => {
      const { model } = storeOf();
      const watchers = [await watch(model), await watch(model)];
      const checkpoints = await moveSome(model);
      for (const { seen } of watchers)
        await vi.waitFor(() => expect(finalStates(seen, checkpoints)).toStrictEqual([3, 3, 3]), { timeout: 5_000 });
      await Promise.all(watchers.map(async ({ end }) => end()));
    });

    it("tells of moves that another process made, whose documents can be read then", async (context) => {
      const { model } = storeOf();
      const other = otherOf(storeOf, context);
      const collection = await collectionOf(model, []);
      const checkpoint = await model.openCheckpoint(newCheckpoint());
      const reads: Promise<number>[] = [];
      const end = await model.watchCheckpoints((moved) => {
        if (moved.projection !== checkpoint.projection || moved.next === 0) return;
        const read = model.find(collection, { filter: { _id: `${moved.next}` }, causal: true });
        reads.push(read.then((found) => found.length));
      });
      for (let next = 0; next < 5; next++) {
        const writes = writesTo(collection, { inserts: [{ _id: `${next + 1}` }] });
        await other.commit(nextCommit({ ...checkpoint, next }, writes));
      }
      await vi.waitFor(() => expect(reads).toHaveLength(5), { timeout: 5_000 });
      expect(await Promise.all(reads)).toStrictEqual([1, 1, 1, 1, 1]);
      await end();
    });

    it("tells nobody who has ended, and is begun again by the next", async () => {
      const { model } = storeOf();
      const first = await watch(model);
      await first.end();
      const second = await watch(model);
      const checkpoints = await moveSome(model);
      await vi.waitFor(() => expect(finalStates(second.seen, checkpoints)).toStrictEqual([3, 3, 3]), {
        timeout: 5_000,
      });
      expect(first.seen).toStrictEqual([]);
      await second.end();
    });

    it("goes on for the others where one watcher throws", async () => {
      const { model } = storeOf();
      const endFailing = await model.watchCheckpoints(() => {
        throw new TypeError("a watcher that fails");
      });
      const { seen, end } = await watch(model);
      const checkpoints = await moveSome(model);
      await vi.waitFor(() => expect(finalStates(seen, checkpoints)).toStrictEqual([3, 3, 3]), { timeout: 5_000 });
      await endFailing();
      await end();
    });

    it("answers that it is there", async () => {
      await expect(storeOf().model.ping()).resolves.toBeUndefined();
    });
  });
}

async function watch(model: ReadModel): Promise<{ readonly seen: Checkpoint[]; readonly end: () => Promise<void> }> {
  const seen: Checkpoint[] = [];
  const end = await model.watchCheckpoints((checkpoint) => {
    seen.push(checkpoint);
  });
  return { seen, end };
}

/** Moves three new checkpoints to 3 each. */
async function moveSome(model: ReadModel): Promise<readonly Checkpoint[]> {
  const projection = newCheckpoint();
  const checkpoints = [0, 1, 2].map((partition) => ({ ...projection, partition }));
  await Promise.all(
    checkpoints.map(async (checkpoint) => {
      await model.openCheckpoint(checkpoint);
      for (let next = 0; next < 3; next++) await model.commit(nextCommit({ ...checkpoint, next }));
    }),
  );
  return checkpoints;
}

function finalStates(seen: readonly Checkpoint[], checkpoints: readonly Checkpoint[]): (number | undefined)[] {
  return checkpoints.map(
    ({ projection, partition }) =>
      seen.findLast((moved) => moved.projection === projection && moved.partition === partition)?.next,
  );
}

function otherOf(storeOf: StoreOf, context: TestContext): ReadModel {
  const { other } = storeOf();
  return "skipped" in other ? context.skip(other.skipped) : other;
}
