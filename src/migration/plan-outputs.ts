import { OUTBOX, decidedCheckpoint, publishedCheckpoint } from "../dataflow/outbox/outbox.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { checkpointId } from "../model/checkpoint.ts";
import { settlementScope } from "../read-model/settlement/settlements.ts";
import type { Migration } from "./migration.ts";
import { movedOutputs } from "./outbox-movement.ts";
import type { CheckpointMovement, EmittingProjection, MigrationProblem } from "./plan.ts";
import type { OwnersPlan } from "./plan-owners.ts";
import { outputsWait, positionUnknown } from "./problems.ts";

/** Where the outputs of a projection go on, its builds being moved so. */
export async function planOutputs(
  migration: Migration,
  emitting: EmittingProjection,
  movements: readonly CheckpointMovement[],
): Promise<OwnersPlan> {
  const { projection, topic, owner } = emitting;
  const { readModel, old } = migration;
  const decided = await readModel.checkpoints(decidedCheckpoint(projection), topic);
  const published = await readModel.checkpoints(publishedCheckpoint(projection), topic);
  const known = old !== undefined && (await old.describeTopics([topic])).length > 0;
  const committed = known ? await old.committed(owner, topic) : undefined;
  const plans = decided.map(async (checkpoint): Promise<OwnersPlan> => {
    const builds = movements.filter((each) => isBuildOf(projection, checkpoint, each.checkpoint));
    // Those that stand there already have taken it with them.
    if (builds.length === 0) return { owners: [], movements: [], problems: [] };
    const same = builds.find((each) => each.checkpoint.next === checkpoint.next);
    if (same === undefined && checkpoint.next > 0) return refused(positionUnknown(checkpointId(checkpoint)));
    const { partition } = checkpoint;
    const removed = published.find((each) => each.partition === partition);
    const rows = await readModel.find(OUTBOX, { filter: { projection, topic, partition } });
    if (rows.length > 0 && committed === undefined) return refused(outputsWait(checkpointId(checkpoint), rows.length));
    const from = Math.max(committed?.[partition] ?? 0, removed?.next ?? 0);
    const next = same?.next ?? 0;
    const moved = movedOutputs(OUTBOX, { rows, published: from, decided: next });
    const move = (of: Checkpoint, to: number): CheckpointMovement => {
      return { checkpoint: of, next: to, log: undefined, of: undefined, rekeyed: [] };
    };
    return {
      owners: [{ name: owner, topic, partition, from: committed?.[partition], next: moved.published, rekeyed: [] }],
      movements: [
        { ...move(checkpoint, next), rekeyed: moved.rekeyed },
        ...(removed === undefined ? [] : [move(removed, moved.published)]),
      ],
      problems: [],
    };
  });
  const all = await Promise.all(plans);
  return {
    owners: all.flatMap(({ owners }) => owners),
    movements: all.flatMap((plan) => plan.movements),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function isBuildOf(projection: string, { partition, topic }: Checkpoint, build: Checkpoint): boolean {
  return settlementScope(build.projection) === projection && build.topic === topic && build.partition === partition;
}

function refused(problem: MigrationProblem): OwnersPlan {
  return { owners: [], movements: [], problems: [problem] };
}
