import type { Aggregate } from "../../catalog/types.ts";
import { metaOf } from "../../model/meta.ts";
import type { ReadModel } from "../../read-model/read-model.ts";

/** The newest event of a key that has a document. */
export interface SurfaceEntry {
  readonly id: string;
  /** The event's offset. */
  readonly version: number;
  /** Undefined: the document is older than the topic's ownership. */
  readonly hash: string | undefined;
  /** The full Avro name of its type. */
  readonly type: string;
  readonly updatedAt: Date;
}

/** Documents that are read at once. */
const PAGE = 5_000;

/** Reads the newest event of every key, in the order of the keys' UTF-8 bytes. @throws EventQLError `READ_MODEL_UNAVAILABLE`. */
export async function* readSurface(
  readModel: Pick<ReadModel, "find">,
  { collection }: Pick<Aggregate, "collection">,
): AsyncGenerator<SurfaceEntry, void> {
  for (let after: string | undefined; ;) {
    const filter = after === undefined ? {} : { _id: { $gt: after } };
    const page = await readModel.find(collection, { filter, sort: { _id: 1 }, limit: PAGE, fields: ["_meta"] });
    for (const { _id: id, _meta: stored } of page) {
      const meta = metaOf(stored);
      if (meta === undefined) continue;
      yield { id, version: meta.offset, hash: meta.hash, type: meta.type, updatedAt: meta.updated };
    }
    if (page.length < PAGE) return;
    after = page.at(-1)?._id;
  }
}
