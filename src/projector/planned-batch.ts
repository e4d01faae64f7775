import type { Checkpoint } from "../model/checkpoint.ts";
import { type Newest, newestAfter } from "../model/newest-record.ts";
import type { TopicPartition } from "../model/position.ts";
import type { CheckpointMove, CollectionWrites } from "../read-model/read-model.ts";
import { commitOf } from "./commit-of.ts";
import type { BatchItem } from "./decode-batch.ts";
import { type FoldedBatch, foldBatch } from "./fold-batch.ts";
import { tooManyParked } from "./halts.ts";
import { keysByCollection } from "./keys-by-collection.ts";
import type { PartitionServices, Session } from "./partition-session.ts";
import { restingOn } from "./settlement/settled-count.ts";

/** A partition, what is held of it, and what it is worked on with. */
export interface HeldPartition {
  readonly of: TopicPartition;
  readonly services: PartitionServices;
  readonly session: Session;
}

/** Events that were folded, and are to be committed: alone, or together with those of other builds. */
export interface PlannedBatch {
  readonly move: CheckpointMove;
  /** Other checkpoints that move with it, or must stand where they are for it. */
  readonly also: readonly CheckpointMove[];
  readonly writes: readonly CollectionWrites[];
  readonly folded: FoldedBatch;
  /** It was committed: what is held follows. */
  committed(): void;
  /** It won't be. */
  dropped(): void;
}

/** The checkpoint of a held partition, where it moves to, and what tells that position in a mirror of the log. */
export function checkpointAt(
  { of, services, session }: HeldPartition,
  next: number,
  newest: Newest = session.newest,
): Checkpoint {
  const { name, generation } = session.projection;
  const { topic, partition } = of;
  const { partitions, log } = services;
  return {
    projection: name,
    topic,
    partition,
    next,
    generation,
    partitions,
    ...newest,
    ...(log !== undefined && { log }),
  };
}

/** The checkpoint that a partition begins with. */
export function firstCheckpoint(services: PartitionServices, { topic, partition }: TopicPartition): Checkpoint {
  const { name, generation } = services.projection();
  const { partitions, log } = services;
  const first = { projection: name, topic, partition, next: 0, generation, partitions };
  return log === undefined ? first : { ...first, log };
}

/**
 * Folds events into the documents of their keys; `next` is the position behind them.
 * @throws EventQLError `TOO_MANY_PARKED`, and what reading documents does.
 */
export async function planBatch(held: HeldPartition, items: readonly BatchItem[], next: number): Promise<PlannedBatch> {
  const { of, services, session } = held;
  const folded = await fold(held, items);
  if (session.parked.size + folded.parked.size > services.maxParkedKeys)
    throw tooManyParked(of, services.maxParkedKeys);
  const records = items.map(({ record }) => record);
  const newest = newestAfter(session.newest, records, services.idHeader);
  const { checkpoint, from, writes } = commitOf(checkpointAt(held, next, newest), session, folded);
  const outputs = session.outputs?.plan(folded.outputs, from, next);
  return {
    move: { checkpoint, from },
    also: [...restingOn(session, of), ...(outputs?.also ?? [])],
    writes: outputs === undefined ? writes : [...writes, ...outputs.writes],
    folded,
    committed() {
      outputs?.committed();
      session.cache.store(folded.changes);
      session.next = next;
      session.newest = newest;
      session.journals.committed(next);
      for (const key of folded.parked.keys()) session.parked.add(key);
    },
    dropped: () => session.cache.release(),
  };
}

async function fold({ of, services, session }: HeldPartition, items: readonly BatchItem[]): Promise<FoldedBatch> {
  const { projection, cache, parked } = session;
  for (const [collection, keys] of keysByCollection(projection, items)) {
    await cache.load(services.readModel, collection, keys);
  }
  const stateOf = cache.get.bind(cache);
  return foldBatch({ projection, partition: of.partition, items, parked, stateOf });
}
