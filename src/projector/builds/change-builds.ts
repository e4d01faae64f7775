import { EventQLError } from "../../errors.ts";
import type { Build, Builds } from "../../model/builds.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { CheckpointMove, ReadModel } from "../../read-model/read-model.ts";
import { type ProjectionKey, pointerId } from "./build-key.ts";
import { DEFINITIONS, POINTERS, readBuilds, storedBuilds } from "./stored-builds.ts";

/** What changing builds needs of the read model. */
export type BuildStore = Pick<ReadModel, "find" | "openCheckpoint" | "commit" | "checkpoints">;

/** What becomes of builds. */
export interface BuildsChange {
  readonly builds: Omit<Builds, "revision" | "topics">;
  /** Checkpoints that must stand where they are said to. */
  readonly also?: readonly CheckpointMove[];
}

/** How often a change is tried again that another process came before. */
const ATTEMPTS = 20;

/**
 * Changes the builds of a projection in one commit, which every process is told of. `change` is asked again with what there
 * is where another process came before; undefined: nothing is to be changed.
 * @throws EventQLError what `change` throws; `READ_MODEL_UNAVAILABLE` where others keep coming before.
 */
export async function changeBuilds(
  readModel: BuildStore,
  key: ProjectionKey,
  change: (builds: Builds | undefined, attempt: number) => Promise<BuildsChange | undefined> | BuildsChange | undefined,
): Promise<Builds | undefined> {
  const guard = guardOf(key);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { next: from } = await readModel.openCheckpoint(guard);
    const before = await readBuilds(readModel, key);
    const changed = await change(before && { ...before, revision: from }, attempt);
    if (changed === undefined) return before;
    const gone = abandonedBy(before, changed.builds).map((build) => ({ build, at: new Date() }));
    const abandoned = [...(changed.builds.abandoned ?? []), ...gone];
    const builds: Builds = { ...changed.builds, abandoned, topics: changed.builds.live.topics, revision: from + 1 };
    const document = storedBuilds(builds);
    const writes = before === undefined ? { inserts: [document] } : { replacements: [document] };
    const { status } = await readModel.commit({
      checkpoint: { ...guard, next: from + 1 },
      from,
      ...(changed.also && { also: changed.also }),
      writes: [{ collection: DEFINITIONS, inserts: [], replacements: [], deletions: [], ...writes }],
    });
    if (status === "committed") return builds;
  }
  throw new EventQLError(
    "READ_MODEL_UNAVAILABLE",
    `Other processes keep changing the builds of ${key.name}: try again.`,
  );
}

/** The builds that there were before a change and aren't any more. */
function abandonedBy(before: Builds | undefined, after: BuildsChange["builds"]): readonly Build[] {
  const left = new Set([after.live, after.next, after.previous].map((build) => build?.projection));
  const were = [before?.live, before?.next, before?.previous];
  return were.filter((build) => build !== undefined).filter(({ projection }) => !left.has(projection));
}

/** The revision that a projection's builds begin with. */
function guardOf(key: ProjectionKey): Checkpoint {
  return { projection: POINTERS, topic: pointerId(key), partition: 0, next: 0, generation: 0, partitions: 1 };
}
