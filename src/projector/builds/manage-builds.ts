import { setTimeout as delay } from "node:timers/promises";
import { EventQLError } from "../../errors.ts";
import type { Build, Builds } from "../../model/builds.ts";
import { type Checkpoint, checkpointId } from "../../model/checkpoint.ts";
import { partitionId } from "../../model/position.ts";
import type { CheckpointMove, ReadModel } from "../../read-model/read-model.ts";
import { type ProjectionKey, anotherBuild } from "./build-key.ts";
import { type BuildStore, type BuildsChange, changeBuilds } from "./change-builds.ts";

/** How often a swap asks that the live build stands still for a moment, before it trusts that the next one keeps up. */
const STRICT_ATTEMPTS = 8;

/**
 * Begins a build of the live one's definition beside it: data that were wrong are made again. A build that was to come
 * before makes room for it.
 * @throws EventQLError `NOT_READY` where the projection has no builds yet.
 */
export async function beginBuild(
  readModel: BuildStore,
  key: ProjectionKey,
  { swap, now = () => new Date() }: { readonly swap: Builds["swap"]; readonly now?: () => Date },
): Promise<Builds> {
  return await changed(readModel, key, (before) => {
    const next = anotherBuild(key, before.live, before.revision, now());
    return { builds: { ...before, next, swap } };
  });
}

/**
 * Puts the next build in the live one's place, in one commit; that one becomes the previous one.
 * @throws EventQLError `NOT_READY` where there is none, or where it isn't as far as the live one.
 */
export async function swapBuilds(readModel: BuildStore, key: ProjectionKey): Promise<Builds> {
  return await changed(readModel, key, async (before, attempt) => {
    const { live, next } = before;
    if (next === undefined) throw noBuild(key, "next");
    const also = await standing(readModel, key, { from: live, to: next }, attempt);
    return { builds: { ...before, live: next, next: undefined, previous: live }, also };
  });
}

/**
 * Puts the previous build back in the live one's place, which becomes the previous one. It then stays, whatever processes
 * start: what is to come is swapped by hand.
 * @throws EventQLError `NOT_READY` where there is none, or where it isn't as far as the live one.
 */
export async function restoreBuild(readModel: BuildStore, key: ProjectionKey): Promise<Builds> {
  return await changed(readModel, key, async (before, attempt) => {
    const { live, previous } = before;
    if (previous === undefined) throw noBuild(key, "previous");
    const also = await standing(readModel, key, { from: live, to: previous }, attempt);
    return { builds: { ...before, live: previous, previous: live, swap: "manual" }, also };
  });
}

/**
 * Ends the next build, or the previous one where there is none. What it has stored goes by {@link removeAbandoned}.
 * @throws EventQLError `NOT_READY` where there is neither.
 */
export async function discardBuild(readModel: BuildStore, key: ProjectionKey): Promise<Builds> {
  return await changed(readModel, key, (before) => {
    if (before.next !== undefined) return { builds: { ...before, next: undefined } };
    if (before.previous === undefined) throw noBuild(key, "next");
    return { builds: { ...before, previous: undefined } };
  });
}

/** The checkpoints of a build, by partition. */
export async function checkpointsOf(
  readModel: Pick<ReadModel, "checkpoints">,
  { projection, topics }: Pick<Build, "projection" | "topics">,
): Promise<ReadonlyMap<string, Checkpoint>> {
  const found = await Promise.all(topics.map(async (topic) => await readModel.checkpoints(projection, topic)));
  return new Map(found.flat().map((checkpoint) => [partitionId(checkpoint), checkpoint]));
}

/** Whether a build has applied all that another one has, of the topics that both are made of. */
export function hasReached(
  to: ReadonlyMap<string, Pick<Checkpoint, "next">>,
  from: ReadonlyMap<string, Pick<Checkpoint, "next" | "topic">>,
  { topics }: Pick<Build, "topics">,
): boolean {
  const shared = [...from].filter(([, { topic }]) => topics.includes(topic));
  return shared.every(([id, { next }]) => (to.get(id)?.next ?? -1) >= next);
}

/** Assertions that keep one build where another one has reached it. */
async function standing(
  readModel: BuildStore,
  { name }: ProjectionKey,
  { from, to }: { readonly from: Build; readonly to: Build },
  attempt: number,
): Promise<readonly CheckpointMove[]> {
  if (attempt > 0) await delay(5 * Math.random());
  const before = await checkpointsOf(readModel, from);
  const after = await checkpointsOf(readModel, to);
  if (after.size === 0 || !hasReached(after, before, to)) {
    throw new EventQLError("NOT_READY", `The build ${to.id} of ${name} isn't as far as the live one: ask again later.`);
  }
  // Both move in the same transactions while one has joined the other, so that it never lags; and who reads changes over
  // when it has reached what was read before. Under a load that never pauses nobody has to stand still for it.
  if (attempt >= STRICT_ATTEMPTS) return [];
  return [...before.values()].map((checkpoint) => ({ checkpoint, from: checkpoint.next }));
}

async function changed(
  readModel: BuildStore,
  key: ProjectionKey,
  change: (before: Builds, attempt: number) => Promise<BuildsChange> | BuildsChange,
): Promise<Builds> {
  const builds = await changeBuilds(readModel, key, async (before, attempt) => {
    if (before === undefined) throw new EventQLError("NOT_READY", `There is no projection ${key.name} yet.`);
    return await change(before, attempt);
  });
  if (builds === undefined)
    throw new TypeError(
      `the builds of ${checkpointId({ projection: key.base, topic: key.name, partition: 0 })} are gone`,
    );
  return builds;
}

function noBuild({ name }: ProjectionKey, which: "next" | "previous"): EventQLError {
  const what = which === "next" ? "is no build beside the live one" : "is no build to put back";
  return new EventQLError("NOT_READY", `Of ${name} there ${what}.`);
}
