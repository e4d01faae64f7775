import type { Build, BuildProgress } from "../../model/builds.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { partitionId } from "../../model/position.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import { checkpointsOf } from "./manage-builds.ts";

/** Where builds stand, and the log that they are made of. */
export interface ProgressOptions {
  readonly log: Pick<EventLog, "offsets">;
  readonly readModel: Pick<ReadModel, "checkpoints">;
  /** ms, as `performance.now()` has them. */
  readonly now?: () => number;
}

/** Tells how far builds are, and how fast they have been since they were asked for before. */
export interface ProgressMeter {
  /** `beside`: the build that it may have joined. */
  of(build: Build, beside?: Build): Promise<BuildProgress>;
}

/** How long ago, in ms, what a rate is reckoned by may have been. */
const WINDOW_MS = 15_000;

interface Sample {
  readonly at: number;
  readonly applied: number;
}

/** Makes a meter: the rate is known from the second time on that a build's progress is asked for. */
export function createProgressMeter({ log, readModel, now = () => performance.now() }: ProgressOptions): ProgressMeter {
  const samples = new Map<string, readonly Sample[]>();
  const rateOf = (id: string, applied: number): number | undefined => {
    const at = now();
    const known = (samples.get(id) ?? []).filter((sample) => at - sample.at <= WINDOW_MS && sample.applied <= applied);
    samples.set(id, [...known, { at, applied }]);
    const [oldest] = known;
    if (oldest === undefined || at - oldest.at < 100) return undefined;
    return ((applied - oldest.applied) * 1_000) / (at - oldest.at);
  };
  return {
    async of(build, beside) {
      const checkpoints = await checkpointsOf(readModel, build);
      const { applied, total } = await counted(log, build, checkpoints);
      const rate = rateOf(`${build.projection}/${build.id}`, applied);
      const left = total - applied;
      const eta = left === 0 ? 0 : rate === undefined || rate <= 0 ? undefined : Math.ceil(left / rate);
      const others = beside && (await checkpointsOf(readModel, beside));
      return { applied, total, rate, etaSeconds: eta, joined: others !== undefined && isSame(checkpoints, others) };
    },
  };
}

/** Offsets that are gone, or that no event has, count as applied once they are passed. */
async function counted(
  log: Pick<EventLog, "offsets">,
  { topics }: Build,
  checkpoints: ReadonlyMap<string, Checkpoint>,
): Promise<Sample & { readonly total: number }> {
  let [applied, total] = [0, 0];
  for (const topic of topics) {
    for (const [partition, { low, high }] of (await log.offsets(topic)).entries()) {
      const next = checkpoints.get(partitionId({ topic, partition }))?.next ?? 0;
      applied += Math.max(0, Math.min(next, high) - low);
      total += high - low;
    }
  }
  return { at: 0, applied, total };
}

function isSame(one: ReadonlyMap<string, Checkpoint>, other: ReadonlyMap<string, Checkpoint>): boolean {
  return one.size === other.size && [...one].every(([id, { next }]) => other.get(id)?.next === next);
}
