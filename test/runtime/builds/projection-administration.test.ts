import { afterAll, expect, it } from "vitest";
import type { Aggregate } from "../../../src/catalog/types.ts";
import type { Build } from "../../../src/model/builds.ts";
import { AGGREGATES } from "../../../src/model/checkpoint.ts";
import { firstBuild } from "../../../src/projector/builds/build-key.ts";
import { changeBuilds } from "../../../src/projector/builds/change-builds.ts";
import { DEFINITIONS } from "../../../src/projector/builds/stored-builds.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import { createProjectionAdministration } from "../../../src/runtime/builds/projection-administration.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { writesTo } from "../../contract/read-model-support.ts";
import { aggregate, column, nullable } from "../../graphql/sketch.ts";

const readModel = openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
afterAll(() => readModel.close());

const user: Aggregate = aggregate("User", {
  topic: "appuser",
  columns: [
    column("class", nullable("string"), { graphqlName: "class_" }),
    column("password", nullable("string"), { hidden: true }),
  ],
});

const log = { offsets: async () => [{ low: 5, high: 15 }] };
const projections = createProjectionAdministration({
  readModel,
  log,
  catalog: { current: () => ({ aggregates: [user] }) },
  swap: "auto",
  isFollowed: ({ live }) => live.suffix === "",
  logger: silentLogger,
});

/** Stores documents of a build, as of an offset. */
async function project(build: Build, next: number, documents: readonly StoredDocument[]): Promise<void> {
  const place = { projection: build.projection, topic: "appuser", partition: 0, generation: 1, partitions: 1 };
  const { next: from } = await readModel.openCheckpoint({ ...place, next: 0 });
  const collection = `users${build.suffix}`;
  await readModel.ensureCollections([{ name: collection }]);
  const writes = [writesTo(collection, { inserts: documents })];
  expect(await readModel.commit({ checkpoint: { ...place, next }, from, writes })).toEqual({ status: "committed" });
}

it("rebuilds, compares, swaps, puts back and discards, and says how far builds are", async () => {
  await readModel.ensureCollections([{ name: DEFINITIONS }]);
  await expect(projections.rebuild("appuser")).rejects.toThrow("There is no projection appuser: there is none yet.");
  const key = { name: "appuser", base: AGGREGATES };
  const of = { definition: "{}", topics: ["appuser"], collections: ["users"] };
  const first = firstBuild(key, of, new Date(0));
  await changeBuilds(readModel, key, () => ({
    builds: { ...key, live: first, next: undefined, previous: undefined, swap: "auto" },
  }));
  await project(first, 15, [
    { _id: "a", class: "x", password: "1", _meta: { version: 1 } },
    { _id: "b", class: "x", password: "1" },
    { _id: "c", class: "x" },
  ]);
  await expect(projections.compare("appuser", { samples: 1 })).rejects.toMatchObject({ code: "NOT_READY" });
  await expect(projections.swap("other")).rejects.toThrow("There is no projection other: there are appuser.");

  const begun = await projections.rebuild("appuser", { swap: "manual" });
  const { next } = begun.builds;
  if (next === undefined) throw new TypeError("nothing was begun");
  expect(begun).toMatchObject({ builds: { swap: "manual" }, next: { applied: 0, total: 10, joined: false } });
  await project(next, 10, [
    { _id: "a", class: "x", password: "1", _meta: { version: 2 } },
    { _id: "b", class: "y", password: "2" },
    { _id: "d", class: "x" },
  ]);
  await expect(projections.swap("appuser")).rejects.toMatchObject({ code: "NOT_READY" });
  const listed = await projections.list();
  expect(listed).toMatchObject([{ live: { applied: 10, total: 10 }, next: { applied: 5 }, isFollowed: true }]);
  const found = { equal: 1, different: 1, onlyLive: 1, onlyNext: 1 };
  expect(await projections.compare("appuser", { samples: 1 })).toEqual({
    ...found,
    samples: [{ collection: "users", id: "b", columns: ["class_"], only: undefined }],
  });

  await project(next, 15, []);
  expect((await projections.list())[0]?.next).toMatchObject({ applied: 10, joined: true, etaSeconds: 0 });
  const swapped = await projections.swap("appuser");
  expect(swapped).toMatchObject({ builds: { live: { id: next.id }, previous: { id: first.id } }, isFollowed: false });
  // The one that was put aside is what there is to compare with.
  expect(await projections.compare("appuser", { samples: 0 })).toEqual({ ...found, samples: [] });
  expect((await projections.restore("appuser")).builds).toMatchObject({
    live: { id: first.id },
    previous: { id: next.id },
  });
  expect((await projections.discard("appuser")).builds).toMatchObject({ live: { id: first.id }, previous: undefined });
  await expect(projections.discard("appuser")).rejects.toMatchObject({ code: "NOT_READY" });
});
