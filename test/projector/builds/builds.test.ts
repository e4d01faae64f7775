import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Build, Builds } from "../../../src/model/builds.ts";
import { createProgressMeter } from "../../../src/projector/builds/build-progress.ts";
import {
  beginBuild,
  discardBuild,
  hasReached,
  restoreBuild,
  swapBuilds,
} from "../../../src/projector/builds/manage-builds.ts";
import { clearAbandoned } from "../../../src/projector/builds/remove-build.ts";
import { type SettleOptions, settleDefinition } from "../../../src/projector/builds/settle-definition.ts";
import { DEFINITIONS, POINTERS, readAllBuilds, readBuilds } from "../../../src/projector/builds/stored-builds.ts";
import { DEAD_LETTERS, deadLetterCollections } from "../../../src/read-model/dead-letters.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { USERS, definitionOf } from "./builds-of.ts";

describe("the builds of a projection", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let readModel: ReadModel;

  beforeEach(async () => {
    folder = await temporaryFolder();
    readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    await readModel.ensureCollections([{ name: DEFINITIONS }, ...deadLetterCollections]);
  });

  afterEach(async () => {
    await readModel.close();
    await folder.remove();
  });

  const settle = async (words: string, options: Partial<SettleOptions> = {}) =>
    await settleDefinition(readModel, definitionOf(words), { swap: "auto", ...options });
  const stand = async ({ projection }: Pick<Build, "projection">, next: number, partition = 0): Promise<void> => {
    const checkpoint = { projection, topic: "users", partition, next, generation: 1, partitions: 2 };
    const stored = await readModel.openCheckpoint(checkpoint);
    if (stored.next !== next) await readModel.commit({ checkpoint, from: stored.next, writes: [] });
  };
  const now = async (): Promise<Builds> => {
    const builds = await readBuilds(readModel, USERS);
    if (builds === undefined) throw new TypeError("there are no builds");
    return builds;
  };
  const next = async (): Promise<Build> => {
    const { next: found } = await now();
    if (found === undefined) throw new TypeError("there is no next build");
    return found;
  };

  test("the first one has the plain names, and what only adds to it changes it in place", async () => {
    const moved: string[] = [];
    const stop = await readModel.watchCheckpoints(({ projection, topic }) => {
      if (projection === POINTERS) moved.push(topic);
    });
    expect((await settle("a")).role).toBe("live");
    const { role, changes, builds } = await settle("a b");
    expect({ role, changes, builds }).toMatchObject({
      role: "live",
      changes: [],
      builds: { live: { projection: "aggregates", suffix: "", definition: "a b" }, next: undefined },
    });
    const { revision } = await now();
    expect((await settle("a b")).builds.revision).toBe(revision);
    expect(moved).toEqual(["users", "users"]);
    await stop();
  });

  test("another definition is built beside it, under names that nothing had before", async () => {
    await settle("a");
    const { role, changes, builds } = await settle("b", { swap: "manual" });
    expect([role, changes, builds.swap]).toEqual(["next", ["a is gone"], "manual"]);
    const first = await next();
    expect(first).toMatchObject({ projection: `aggregates@${first.id}`, suffix: `_${first.id}`, definition: "b" });
    expect((await settle("b c")).builds.next).toMatchObject({ id: first.id, definition: "b c" });
    const other = (await settle("d")).builds;
    expect(other.abandoned).toMatchObject([{ build: { id: first.id } }]);
    expect((await settle("b")).builds.next?.id).not.toBe(first.id);
    await expect(
      settle("x", {
        checkRebuild: async () => {
          await Promise.reject(new TypeError("history is gone"));
        },
      }),
    ).rejects.toThrow("history is gone");
    expect((await next()).definition).toBe("b");
  });

  test("of several processes that begin the same one, one does", async () => {
    await settle("a");
    const settled = await Promise.all([settle("b"), settle("b"), settle("b")]);
    expect(new Set(settled.map(({ builds }) => builds.next?.id)).size).toBe(1);
    expect((await now()).abandoned).toEqual([]);
  });

  test("one takes the live one's place when it is as far, and can be put back", async () => {
    const { live } = (await settle("a")).builds;
    await settle("b");
    const build = await next();
    await stand(live, 5);
    await expect(swapBuilds(readModel, USERS)).rejects.toMatchObject({ code: "NOT_READY" });
    await stand(build, 4);
    await expect(swapBuilds(readModel, USERS)).rejects.toMatchObject({ code: "NOT_READY" });
    await stand(build, 6);
    expect(await swapBuilds(readModel, USERS)).toMatchObject({ live: { id: build.id }, next: undefined });
    await expect(swapBuilds(readModel, USERS)).rejects.toMatchObject({ code: "NOT_READY" });
    await expect(restoreBuild(readModel, USERS)).rejects.toMatchObject({ code: "NOT_READY" });
    await stand(live, 6);
    const restored = await restoreBuild(readModel, USERS);
    expect(restored).toMatchObject({ live: { id: live.id }, previous: { id: build.id }, swap: "manual" });
    // Who comes with the definition that was put aside by hand doesn't bring it back.
    expect((await settle("b")).role).toBe("previous");
    expect((await now()).next).toBeUndefined();
  });

  test("a definition that comes back waits where swaps are made by hand", async () => {
    const { live } = (await settle("a")).builds;
    await settle("b");
    for (const build of [live, await next()]) await stand(build, 0);
    await swapBuilds(readModel, USERS);
    const { builds } = await settle("a", { swap: "manual" });
    expect([builds.next?.id, builds.swap]).toEqual([live.id, "manual"]);
  });

  test("a definition that comes back goes on with the build that it made", async () => {
    const { live } = (await settle("a")).builds;
    await settle("b");
    for (const build of [live, await next()]) await stand(build, 0);
    await swapBuilds(readModel, USERS);
    const { role, builds } = await settle("a");
    expect([role, builds.next?.id, builds.previous, builds.swap]).toEqual(["next", live.id, undefined, "auto"]);
  });

  test("a swap is fenced where the live one moves, and is tried again", async () => {
    const { live } = (await settle("a")).builds;
    await settle("b");
    const build = await next();
    for (const each of [live, build]) await stand(each, 1);
    let moves = 0;
    const racing = {
      ...store(readModel),
      commit: async (commit: Parameters<ReadModel["commit"]>[0]) => {
        if (moves++ < 2) for (const each of [build, live]) await stand(each, 1 + moves);
        return await readModel.commit(commit);
      },
    };
    expect(await swapBuilds(racing, USERS)).toMatchObject({ live: { id: build.id } });
    expect(moves).toBe(3);
  });

  test("the same definition is built anew on request, and discarded with all that it has stored", async () => {
    await settle("a");
    const begun = await beginBuild(readModel, USERS, { swap: "manual" });
    const build = await next();
    expect(begun.next).toMatchObject({ definition: "a", suffix: `_${build.id}` });
    expect(await settle("a b")).toMatchObject({ role: "live", builds: { next: { definition: "a b" } } });
    await stand(build, 3);
    const collection = `users_${build.id}`;
    await readModel.ensureCollections([{ name: collection }]);
    const checkpoint = { projection: build.projection, topic: "users", partition: 0, next: 4, generation: 1 };
    const letter = { _id: "l", projection: build.projection, topic: "users" };
    const nothing = { replacements: [], deletions: [] };
    await readModel.commit({
      checkpoint: { ...checkpoint, partitions: 2 },
      from: 3,
      writes: [
        { collection, inserts: [{ _id: "k" }], ...nothing },
        { collection: DEAD_LETTERS, inserts: [letter, { ...letter, _id: "m", projection: "p" }], ...nothing },
      ],
    });
    await discardBuild(readModel, USERS);
    await clearAbandoned(readModel, await now(), 60_000);
    expect(await readModel.find(collection, { filter: {} })).toHaveLength(1);
    await clearAbandoned(readModel, await now(), 0);
    expect(await readModel.find(collection, { filter: {} })).toEqual([]);
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ _id: "m" }]);
    expect(await readModel.checkpoints(build.projection)).toEqual([]);
    expect(await now()).toMatchObject({ next: undefined, abandoned: [] });
    await expect(discardBuild(readModel, USERS)).rejects.toMatchObject({ code: "NOT_READY" });
  });

  test("what was stored before there were builds is the live one", async () => {
    const guard = { projection: POINTERS, topic: "users", partition: 0, generation: 0, partitions: 1 };
    await readModel.openCheckpoint({ ...guard, next: 0 });
    const inserts = [{ _id: "users", definition: "a" }];
    const writes = [{ collection: DEFINITIONS, inserts, replacements: [], deletions: [] }];
    await readModel.commit({ checkpoint: { ...guard, next: 1 }, from: 0, writes });
    expect(await readAllBuilds(readModel)).toMatchObject([{ name: "users", live: { suffix: "", definition: "a" } }]);
    expect(await settle("b")).toMatchObject({ role: "next", builds: { live: { definition: "a" }, revision: 2 } });
  });

  test("progress counts what is applied of what the log has, and tells rate and time left", async () => {
    const { live } = (await settle("a")).builds;
    await settle("b");
    const build = await next();
    let ms = 0;
    const offsets = async () =>
      await Promise.resolve([
        { low: 10, high: 110 },
        { low: 0, high: 100 },
      ]);
    const meter = createProgressMeter({ log: { offsets }, readModel, now: () => ms });
    expect(await meter.of(build, live)).toMatchObject({ applied: 0, total: 200, rate: undefined, joined: true });
    await stand(live, 110);
    await stand(live, 100, 1);
    await stand(build, 60);
    ms = 1_000;
    expect(await meter.of(build, live)).toEqual({ applied: 50, total: 200, rate: 50, etaSeconds: 3, joined: false });
    await stand(build, 110);
    await stand(build, 100, 1);
    ms = 2_000;
    expect(await meter.of(build, live)).toEqual({ applied: 200, total: 200, rate: 100, etaSeconds: 0, joined: true });
  });

  test("positions of other topics say nothing of how far a build is", () => {
    const at = (topic: string, next: number) => new Map([[`${topic}/0`, { topic, next }]]);
    expect(hasReached(at("b", 0), at("a", 9), { topics: ["b"] })).toBe(true);
    expect(hasReached(at("a", 8), at("a", 9), { topics: ["a"] })).toBe(false);
    expect(hasReached(new Map(), at("a", 0), { topics: ["a"] })).toBe(false);
  });
});

/** Methods of a class don't come with a spread. */
function store(readModel: ReadModel): Pick<ReadModel, "find" | "openCheckpoint" | "checkpoints"> {
  return {
    find: async (...of) => await readModel.find(...of),
    openCheckpoint: async (of) => await readModel.openCheckpoint(of),
    checkpoints: async (...of) => await readModel.checkpoints(...of),
  };
}
