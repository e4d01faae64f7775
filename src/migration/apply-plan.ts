import { EventQLError } from "../errors.ts";
import { type Checkpoint, checkpointId } from "../model/checkpoint.ts";
import type { CollectionWrites } from "../read-model/read-model.ts";
import type { Migration } from "./migration.ts";
import { type CheckpointMovement, type MigrationPlan, type OwnerMovement, movedCheckpoint } from "./plan.ts";
import { migrationRefused } from "./problems.ts";
import { changesOf, rekeyedWrites } from "./stored-changes.ts";

/**
 * Moves what a plan moves. What is stored beside a checkpoint is changed first, in steps that may be repeated; then all
 * checkpoints of a projection move in one transaction, its builds and outputs with them; last the positions that the log keeps.
 * After a failure it can be planned and applied again.
 * @throws EventQLError of the plan's problems; `NOT_READY` where somebody goes on projecting; what the stores do.
 */
export async function applyPlan(migration: Migration, plan: MigrationPlan): Promise<void> {
  if (plan.problems.length > 0) throw migrationRefused(plan.problems);
  for (const movement of plan.checkpoints)
    for await (const writes of changesOf(migration.readModel, movement, plan.dropsHistory)) {
      migration.signal.throwIfAborted();
      await commit(migration, [{ ...movement, next: movement.checkpoint.next, log: movement.checkpoint.log }], writes);
    }
  for (const movements of Map.groupBy(plan.checkpoints, nameOf).values()) await commit(migration, movements, []);
  for (const owner of plan.owners) await moveOwner(migration, owner);
}

/** Of all builds of a projection, of what they have decided and published: its own. */
function nameOf({ checkpoint }: CheckpointMovement): string {
  const [name = ""] = checkpoint.projection.split(/[@#]/, 1);
  return name;
}

async function commit(
  { readModel }: Migration,
  [first, ...others]: readonly CheckpointMovement[],
  writes: readonly CollectionWrites[],
): Promise<void> {
  if (first === undefined) return;
  const also = others.map((each) => ({ checkpoint: movedCheckpoint(each), from: each.checkpoint.next }));
  const { status } = await readModel.commit({
    checkpoint: movedCheckpoint(first),
    from: first.checkpoint.next,
    ...(also.length > 0 && { also }),
    writes,
  });
  if (status === "committed") return;
  throw new EventQLError(
    "NOT_READY",
    `Somebody goes on with ${nameOf(first)} (${checkpointId(first.checkpoint)} has moved meanwhile): stop every process of ` +
      "EventQL on both clusters, and run it again.",
  );
}

async function moveOwner(migration: Migration, movement: OwnerMovement): Promise<void> {
  const { name, topic, partition, next, rekeyed } = movement;
  const writes = rekeyedWrites(rekeyed);
  if (writes.length > 0) await commitGuarded(migration, movement, writes);
  const owner = await migration.log.takeOver({ name, input: { topic, partition } });
  try {
    await owner.commit({ records: [], next });
  } finally {
    await owner.release();
  }
}

/** What a stream sets aside is guarded by a checkpoint whose generation grows with each owner. */
async function commitGuarded(
  { readModel }: Migration,
  { name, topic, partition, stream }: OwnerMovement,
  writes: readonly CollectionWrites[],
): Promise<void> {
  const first: Checkpoint = { projection: stream ?? name, topic, partition, next: 0, generation: 0, partitions: 0 };
  const guard = await readModel.openCheckpoint(first);
  const checkpoint = { ...guard, generation: guard.generation + 1 };
  const { status } = await readModel.commit({ checkpoint, from: guard.next, writes });
  if (status === "committed") return;
  throw new EventQLError(
    "NOT_READY",
    `Somebody goes on with ${name}: stop every process of EventQL, and run it again.`,
  );
}
