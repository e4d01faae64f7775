import { metaOf } from "../model/meta.ts";
import { INVALIDATIONS } from "../projector/invalidations.ts";
import { JOURNALS, storedReach } from "../projector/journal-reach.ts";
import { journalOf } from "../projector/journal.ts";
import type { CollectionWrites, Filter, ReadModel, StoredDocument } from "../read-model/read-model.ts";
import { type CheckpointMovement, type Rekeyed, lowers } from "./plan.ts";

/** Documents that are written in one transaction. */
const PAGE = 200;

/** ms: each page may look through many documents that need nothing. */
const TIMEOUT_MS = 120_000;

/** What has to be written before a checkpoint moves, a transaction each; repeated, it changes nothing more. */
export async function* changesOf(
  readModel: Pick<ReadModel, "find">,
  movement: CheckpointMovement,
  dropsHistory: boolean,
): AsyncGenerator<readonly CollectionWrites[], void> {
  const rekeyed = rekeyedWrites(movement.rekeyed);
  if (rekeyed.length > 0) yield rekeyed;
  const { of, checkpoint } = movement;
  if (of === undefined || !lowers(movement)) return;
  for (const collection of of.collections) yield* lowered(readModel, collection, movement);
  if (!dropsHistory) return;
  const { topic, partition } = checkpoint;
  for (const collection of of.journaled) {
    yield* removed(readModel, journalOf(collection), { topic, partition });
    const { _id } = storedReach(collection, checkpoint, { since: 0, next: 0 });
    yield [{ collection: JOURNALS, inserts: [], replacements: [], deletions: [_id] }];
  }
  yield* removed(readModel, INVALIDATIONS, { topic, partition });
}

/** The writes that give stored documents their places in the new log, to be done at once; there may be none. */
export function rekeyedWrites(all: readonly Rekeyed[]): readonly CollectionWrites[] {
  return [...Map.groupBy(all, (each) => each.collection)].map(([collection, own]) => {
    // One may get the id that another one has.
    const old = new Set(own.map(({ before }) => before._id));
    const after = own.flatMap((each) => each.after ?? []);
    const kept = new Set(after.map(({ _id }) => _id));
    return {
      collection,
      inserts: after.filter(({ _id }) => !old.has(_id)),
      replacements: after.filter(({ _id }) => old.has(_id)),
      deletions: [...old].filter((id) => !kept.has(id)),
    };
  });
}

/**
 * Lowers the versions of documents that events of the new log would stay below: no event that the log will have from the
 * new position on has a lower one.
 */
async function* lowered(
  readModel: Pick<ReadModel, "find">,
  collection: string,
  { checkpoint, next }: CheckpointMovement,
): AsyncGenerator<readonly CollectionWrites[], void> {
  if (next === 0) return;
  const filter = { "_meta.partition": checkpoint.partition, "_meta.offset": { $gte: next } };
  for await (const page of pagesOf(readModel, collection, filter)) {
    const replacements = page.flatMap((document): readonly StoredDocument[] => {
      const meta = metaOf(document["_meta"]);
      return meta === undefined ? [] : [{ ...document, _meta: { ...meta, offset: next - 1 } }];
    });
    yield [{ collection, inserts: [], replacements, deletions: [] }];
  }
}

async function* removed(
  readModel: Pick<ReadModel, "find">,
  collection: string,
  filter: Filter,
): AsyncGenerator<readonly CollectionWrites[], void> {
  for await (const page of pagesOf(readModel, collection, filter, ["_id"]))
    yield [{ collection, inserts: [], replacements: [], deletions: page.map(({ _id }) => _id) }];
}

async function* pagesOf(
  readModel: Pick<ReadModel, "find">,
  collection: string,
  filter: Filter,
  fields?: readonly string[],
): AsyncGenerator<readonly StoredDocument[], void> {
  for (let after: string | undefined; ;) {
    const rest = after === undefined ? filter : { ...filter, _id: { $gt: after } };
    const only = fields === undefined ? {} : { fields };
    const options = { filter: rest, sort: { _id: 1 }, limit: PAGE, timeoutMs: TIMEOUT_MS, ...only } as const;
    const page = await readModel.find(collection, options);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)?._id;
  }
}
