import type { OffsetRange } from "../event-log/event-log.ts";
import { type TopicPartition, partitionId } from "../model/position.ts";
import { findIds } from "./find-ids.ts";
import { locate, nameOf } from "./locate.ts";
import { type Migration, inNewLog } from "./migration.ts";
import type { MigrationProblem } from "./plan.ts";
import { beyondTheEnd, notLanded, ownerUnknown } from "./problems.ts";

/** Where a position of the old log, which can be asked, is in the new one, whose partition has this range. */
export async function translated(
  migration: Migration,
  of: TopicPartition,
  next: number,
  range: OffsetRange,
): Promise<number | MigrationProblem> {
  const { old, idHeader, signal } = migration;
  const place = { topic: of.topic, partition: of.partition, next };
  if (migration.sameOffsets) return next <= range.high ? next : beyondTheEnd(partitionId(of), next, range.high);
  if (old === undefined) return ownerUnknown(partitionId(of), of.topic);
  const low = (await old.offsets(of.topic))[of.partition]?.low ?? 0;
  const name = await nameOf({ log: old, idHeader, signal }, place, low);
  // There were records, and none is left: or there never were any.
  if (name.newest === undefined && name.unnamed === undefined && low === 0) return range.low;
  const search = inNewLog(migration);
  const found = await findIds(search, of, range, name.newest === undefined ? [] : [name.newest]);
  const landing = await locate(search, { ...place, ...name }, range, found);
  return landing.status === "found" ? landing.next : notLanded(partitionId(of), landing, idHeader);
}
