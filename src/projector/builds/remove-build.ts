import type { Build, Builds } from "../../model/builds.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import { DEAD_LETTERS, PARKED_KEYS } from "../../read-model/dead-letters.ts";
import { INVALIDATIONS } from "../invalidations.ts";
import { journalOf } from "../journal.ts";
import { settledName } from "../settlement/settled-count.ts";
import { JOURNALS } from "../journal-reach.ts";
import { collectionOf } from "./build-key.ts";
import { type BuildStore, changeBuilds } from "./change-builds.ts";

/** What removing builds needs of the read model. */
export type RemovalStore = Pick<ReadModel, "removeCheckpoints" | "dropCollections" | "removeDocuments">;

/**
 * Removes everything that a build has stored. Its checkpoints go first, so that who still works on it is fenced; it may be
 * repeated.
 */
async function removeBuild(readModel: RemovalStore, build: Build): Promise<void> {
  const { projection, topics } = build;
  for (const topic of topics) {
    await readModel.removeCheckpoints(projection, topic);
    await readModel.removeCheckpoints(settledName(projection), topic);
  }
  const collections = build.collections.map((collection) => collectionOf(collection, build));
  await readModel.dropCollections([...collections, ...collections.map(journalOf)]);
  await readModel.removeDocuments(JOURNALS, { collection: { $in: collections } });
  for (const own of [DEAD_LETTERS, PARKED_KEYS, INVALIDATIONS])
    await readModel.removeDocuments(own, { projection, topic: { $in: [...topics] } });
}

/** Removes the builds of a projection that are abandoned, some time after, when nobody reads them any more. */
export async function clearAbandoned(
  readModel: RemovalStore & BuildStore,
  { name, base, abandoned: gone = [] }: Builds,
  graceMs: number,
): Promise<void> {
  const due = gone.filter(({ at }) => Date.now() - at.getTime() >= graceMs);
  if (due.length === 0) return;
  for (const { build } of due) await removeBuild(readModel, build);
  const removed = new Set(due.map(({ build }) => build.projection));
  await changeBuilds(readModel, { name, base }, (before) => {
    const left = before?.abandoned?.filter(({ build }) => !removed.has(build.projection));
    return before === undefined ? undefined : { builds: { ...before, abandoned: left ?? [] } };
  });
}
