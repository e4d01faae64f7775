import { z } from "zod";
import type { CollectionWrites, ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import { INVALIDATIONS, type ProjectedPartition } from "../invalidations.ts";

const parkings = z.array(
  z.object({ key: z.string(), before: z.number().nullable(), after: z.number().nullable(), failed: z.boolean() }),
);

type Parking = z.output<typeof parkings>[number];

/**
 * What the invalidations say of a key that they met parked is so no more: behind them, its events are as if they had never
 * waited. `done`: the offset of one that could not be done for the key, and is now.
 */
export async function parkingHistory(
  readModel: Pick<ReadModel, "find">,
  { projection, topic, partition }: Required<ProjectedPartition>,
  key: string,
  done?: number,
): Promise<CollectionWrites> {
  const filter = { projection, topic, partition, keys: key };
  const found = await readModel.find(INVALIDATIONS, { filter });
  return {
    collection: INVALIDATIONS,
    inserts: [],
    replacements: found.flatMap((stored) => unparked(stored, key, done) ?? []),
    deletions: [],
  };
}

/** Undefined: it stays as it is. */
function unparked(stored: StoredDocument, key: string, done: number | undefined): StoredDocument | undefined {
  const { data } = parkings.safeParse(stored["parking"]);
  const parking = data?.find((each) => each.key === key);
  if (data === undefined || parking === undefined) return undefined;
  const isDone = stored["offset"] === done;
  if (!isDone && (parking.failed || parking.after === null)) return undefined;
  const now: Parking = { ...parking, after: null, failed: isDone ? false : parking.failed };
  return { ...stored, parking: data.map((each) => (each === parking ? now : each)) };
}
