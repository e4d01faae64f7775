import type { OffsetRange, TopicDescription } from "../event-log/event-log.ts";
import { type Checkpoint, checkpointId } from "../model/checkpoint.ts";
import type { TopicPartition } from "../model/position.ts";
import { INVALIDATIONS } from "../projector/invalidations.ts";
import { JOURNALS, readReaches, storedReach } from "../projector/journal-reach.ts";
import { findIds } from "./find-ids.ts";
import { type Place, locate, nameOf } from "./locate.ts";
import { type Migration, inNewLog } from "./migration.ts";
import { type CheckpointMovement, type MigrationProblem, type ProjectedTopic, type Rekeyed, lowers } from "./plan.ts";
import { beyondTheEnd, historyKept, notLanded, partitionsDiffer, topicMissing } from "./problems.ts";
import { type SetAside, eventIdsOf, readSetAside, rekeyed } from "./set-aside.ts";

/** What is planned of a topic. */
export interface TopicPlan {
  readonly topic: string;
  /** Of the checkpoints that there are. */
  readonly count: number;
  readonly movements: readonly CheckpointMovement[];
  readonly settled: number;
  readonly problems: readonly MigrationProblem[];
}

type PartitionPlan = Pick<TopicPlan, "movements" | "settled" | "problems">;

/** A checkpoint, and whose it is. */
interface Stored {
  readonly of: ProjectedTopic;
  readonly checkpoint: Checkpoint;
}

/** The same, and what goes with it. */
interface Member extends Stored {
  readonly place: Place;
  readonly setAside: SetAside;
}

/** Where the projections of a topic go on in the new log, which has it as it is described. */
export async function planTopic(
  migration: Migration,
  topic: string,
  projected: readonly ProjectedTopic[],
  description: TopicDescription | undefined,
): Promise<TopicPlan> {
  const stored = await Promise.all(
    projected.map(async (of) => {
      const checkpoints = await migration.readModel.checkpoints(of.projection, topic);
      return checkpoints.map((checkpoint) => ({ of, checkpoint }));
    }),
  );
  const all = stored.flat();
  const problem = unsuitable(topic, all, description);
  if (problem !== undefined || description === undefined)
    return { topic, count: all.length, movements: [], settled: 0, problems: problem === undefined ? [] : [problem] };
  const ranges = await migration.log.offsets(topic);
  const plans: PartitionPlan[] = [];
  for (const [partition, own] of Map.groupBy(all, ({ checkpoint }) => checkpoint.partition)) {
    const range = ranges[partition] ?? { low: 0, high: 0 };
    plans.push(await planPartition(migration, { topic, partition }, own, { range, log: description.log }));
  }
  return {
    topic,
    count: all.length,
    movements: plans.flatMap(({ movements }) => movements),
    settled: plans.reduce((sum, { settled }) => sum + settled, 0),
    problems: plans.flatMap(({ problems }) => problems),
  };
}

function unsuitable(
  topic: string,
  stored: readonly Stored[],
  description: TopicDescription | undefined,
): MigrationProblem | undefined {
  if (description === undefined)
    return stored.some(({ checkpoint }) => checkpoint.next > 0) ? topicMissing(topic) : undefined;
  const other = stored.find(({ checkpoint }) => checkpoint.partitions !== description.partitions);
  return other && partitionsDiffer(topic, other.checkpoint.partitions, description.partitions);
}

/** The partition in the new log. */
interface NewPartition {
  readonly range: OffsetRange;
  /** The log's name. */
  readonly log: string | undefined;
}

async function planPartition(
  migration: Migration,
  of: TopicPartition,
  stored: readonly Stored[],
  at: NewPartition,
): Promise<PartitionPlan> {
  const members: Member[] = [];
  for (const each of stored) {
    if (await isSettled(migration, each.checkpoint, at)) continue;
    const place = await placeOf(migration, each.checkpoint);
    const { projection } = each.checkpoint;
    members.push({
      ...each,
      place,
      setAside: await readSetAside(migration.readModel, projection, of, migration.idHeader),
    });
  }
  const ids = members.flatMap(({ place, setAside }) => [place.newest ?? [], eventIdsOf(setAside)].flat());
  const found = migration.sameOffsets ? new Map() : await findIds(inNewLog(migration), of, at.range, ids);
  const movements: CheckpointMovement[] = [];
  const problems: MigrationProblem[] = [];
  for (const member of members) {
    const next = await nextOf(migration, member, at, found);
    if (typeof next !== "number") {
      problems.push(next);
      continue;
    }
    const { checkpoint } = member;
    const isLower = lowers({ checkpoint, next });
    const aside = migration.sameOffsets ? NOTHING : rekeyed(member.setAside, found, { next, isLower });
    const history = await historyOf(migration, member, next);
    movements.push({ checkpoint, next, log: at.log, of: member.of, rekeyed: [...aside.rekeyed, ...history.rekeyed] });
    problems.push(...aside.problems, ...history.problems);
  }
  return { movements, settled: stored.length - members.length, problems };
}

const NOTHING: { readonly rekeyed: readonly Rekeyed[]; readonly problems: readonly MigrationProblem[] } = {
  rekeyed: [],
  problems: [],
};

/** Whether a checkpoint is one of the new log already. Its name alone doesn't tell: clusters that were set up alike share it. */
async function isSettled(migration: Migration, checkpoint: Checkpoint, { range, log }: NewPartition): Promise<boolean> {
  if (log === undefined || checkpoint.log !== log || checkpoint.next > range.high) return false;
  const { newest, unnamed } = await nameOf(inNewLog(migration), checkpoint, range.low);
  return newest === checkpoint.newest && (newest === undefined || unnamed === checkpoint.unnamed);
}

/** What tells where a checkpoint stands: it keeps that itself; one of before it did is looked up in the old log. */
async function placeOf({ old, ...migration }: Migration, checkpoint: Checkpoint): Promise<Place> {
  if (checkpoint.newest !== undefined || checkpoint.next === 0 || old === undefined) return checkpoint;
  const low = (await old.offsets(checkpoint.topic))[checkpoint.partition]?.low ?? 0;
  const name = await nameOf({ log: old, idHeader: migration.idHeader, signal: migration.signal }, checkpoint, low);
  return { ...checkpoint, ...name };
}

/** Where a checkpoint will stand, or why that isn't known. */
async function nextOf(
  migration: Migration,
  { checkpoint, place }: Member,
  { range }: NewPartition,
  found: ReadonlyMap<string, number>,
): Promise<number | MigrationProblem> {
  const id = checkpointId(checkpoint);
  if (migration.sameOffsets)
    return checkpoint.next <= range.high ? checkpoint.next : beyondTheEnd(id, checkpoint.next, range.high);
  const landing = await locate(inNewLog(migration), place, range, found);
  return landing.status === "found" ? landing.next : notLanded(id, landing, migration.idHeader);
}

/** What is kept by offsets beside the documents: it goes on where they grow, and has to be given up where they get lower. */
async function historyOf(
  { readModel, dropsHistory }: Migration,
  { of, checkpoint }: Member,
  next: number,
): Promise<{ readonly rekeyed: readonly Rekeyed[]; readonly problems: readonly MigrationProblem[] }> {
  const reaches = await readReaches(readModel, of.journaled, checkpoint);
  if (!lowers({ checkpoint, next })) {
    const moved = [...reaches].map(([collection, { since, next: reached }]): Rekeyed => {
      const place = { topic: checkpoint.topic, partition: checkpoint.partition };
      const before = storedReach(collection, place, { since, next: reached });
      const after = storedReach(collection, place, { since, next: reached === checkpoint.next ? next : reached });
      return { collection: JOURNALS, before, after };
    });
    return { rekeyed: moved, problems: [] };
  }
  if (dropsHistory) return NOTHING;
  const { topic, partition } = checkpoint;
  const filter = { topic, partition, offset: { $gte: next } };
  const [invalid] = await readModel.find(INVALIDATIONS, { filter, fields: ["offset"], limit: 1 });
  const id = checkpointId(checkpoint);
  const journals = [...reaches.keys()].map((collection) => historyKept(id, `the journal of ${collection} is`));
  return {
    rekeyed: [],
    problems: [
      ...journals,
      ...(invalid === undefined ? [] : [historyKept(id, "transactions that became invalid are")]),
    ],
  };
}
