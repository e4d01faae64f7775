import { checkpointId } from "../../model/checkpoint.ts";
import { partitionId } from "../../model/position.ts";
import type { CheckpointMovement, MigrationPlan, OwnerMovement } from "../../migration/plan.ts";
import { counted } from "../counted.ts";
import { formatTable } from "../table.ts";

/** What a plan says, line by line; `isDone`: it was carried out. */
export function planAsText(plan: MigrationPlan, isDone: boolean): string {
  const { checkpoints, owners, settled, problems } = plan;
  const rows = [...checkpoints.map(rowOf), ...owners.map(ownerRowOf)];
  const table = rows.length === 0 ? "" : formatTable(["POSITION", "FROM", "TO", "ALSO"], rows);
  if (problems.length > 0) return table;
  const moved = counted(rows.length, "position");
  const there = settled === 0 ? "" : ` ${counted(settled, "checkpoint")} stood there already.`;
  if (rows.length === 0) return `There is nothing to move.${there}\n`;
  return `${table}${isDone ? `${moved} moved.` : `${moved} would be moved.`}${there}\n`;
}

/** The same as JSON. */
export function planAsJson(plan: MigrationPlan, isDone: boolean): object {
  const { checkpoints, owners, settled, problems } = plan;
  return {
    moved: isDone && problems.length === 0,
    checkpoints: checkpoints.map(({ checkpoint, next, rekeyed }) => {
      const { projection, topic, partition, newest } = checkpoint;
      return { projection, topic, partition, from: checkpoint.next, to: next, newest, rekeyed: rekeyed.length };
    }),
    owners: owners.map(({ name, topic, partition, from, next }) => ({ name, topic, partition, from, to: next })),
    settled,
    problems,
  };
}

function rowOf({ checkpoint, next, rekeyed }: CheckpointMovement): readonly string[] {
  return [checkpointId(checkpoint), String(checkpoint.next), String(next), alsoOf(rekeyed.length)];
}

function ownerRowOf({ name, from, next, rekeyed, ...of }: OwnerMovement): readonly string[] {
  return [`${name} ${partitionId(of)}`, from === undefined ? "?" : String(from), String(next), alsoOf(rekeyed.length)];
}

function alsoOf(rekeyed: number): string {
  return rekeyed === 0 ? "" : counted(rekeyed, "stored record");
}
