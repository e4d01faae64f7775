import DataLoader from "dataloader";
import type { Aggregate } from "../../catalog/types.ts";
import { metaOf } from "../../model/meta.ts";
import { PARKED_KEYS, parkedKeyId } from "../../read-model/dead-letters.ts";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { memoized } from "../memo.ts";
import { timeLeft } from "../query/time-left.ts";

/** Since when a key's events wait, and why. */
export interface ParkedKey {
  /** The timestamp of the event that couldn't be applied. */
  readonly since: Date | undefined;
  readonly code: string;
}

/**
 * Reads whether the events of a document's key wait, in one read with all other documents of the request that it is asked
 * of at the same time. Undefined: they don't.
 */
export async function loadParkedKey(
  context: GraphQLContext,
  { projection, topic }: Pick<Aggregate, "projection" | "topic">,
  document: StoredDocument,
): Promise<ParkedKey | undefined> {
  const partition = metaOf(document["_meta"])?.partition;
  if (partition === undefined) return undefined;
  const parked = await loaderOf(context).load(parkedKeyId(projection, { topic, partition }, document._id));
  if (parked === null) return undefined;
  const { since, code } = parked;
  return { since: since instanceof Date ? since : undefined, code: typeof code === "string" ? code : "INTERNAL" };
}

/** What is read of parked keys is never what an event says: its reason might be. */
const FIELDS = ["since", "code"] as const;

function loaderOf(context: GraphQLContext): DataLoader<string, StoredDocument | null> {
  const { services, session } = context;
  return memoized(
    session.loaders,
    PARKED_KEYS,
    () =>
      new DataLoader<string, StoredDocument | null>((ids) => readParked(context, ids), {
        maxBatchSize: services.limits.maxInLength,
        cache: session.isLive !== true,
      }),
  );
}

async function readParked(context: GraphQLContext, ids: readonly string[]): Promise<(StoredDocument | null)[]> {
  const { services, session } = context;
  const time = timeLeft(context);
  const found = await services.readModel.find(PARKED_KEYS, {
    filter: { _id: { $in: [...ids] } },
    fields: FIELDS,
    limit: ids.length,
    causal: session.causal,
    timeoutMs: time.ms,
  });
  const byId = new Map(found.map((document) => [document._id, document]));
  return ids.map((id) => byId.get(id) ?? null);
}
