import DataLoader from "dataloader";
import type { Aggregate } from "../../catalog/types.ts";
import type { FindOptions, StoredDocument } from "../../read-model/read-model.ts";
import { type GraphQLContext, bothFilters } from "../context.ts";
import { memoized } from "../memo.ts";
import { permit } from "../permit.ts";

/** Reads documents that the caller may see. @throws EventQLError `FORBIDDEN`, `READ_MODEL_UNAVAILABLE`. */
export async function readDocuments(
  context: GraphQLContext,
  aggregate: Aggregate,
  options: Omit<FindOptions, "causal">,
): Promise<readonly StoredDocument[]> {
  const scope = permit(context, "read", aggregate.name);
  const { services, session } = context;
  const filter = bothFilters(options.filter, scope);
  return services.readModel.find(aggregate.collection, { ...options, filter, causal: session.causal });
}

/** Reads a document by its key, in one read with all others of the request that are asked for at the same time. */
export function loadDocument(
  context: GraphQLContext,
  aggregate: Aggregate,
  id: string,
): Promise<StoredDocument | null> {
  const { loaders } = context.session;
  const loader = memoized(
    loaders,
    aggregate.collection,
    () =>
      new DataLoader<string, StoredDocument | null>((ids) => readByIds(context, aggregate, ids), {
        maxBatchSize: context.services.limits.maxInLength,
      }),
  );
  return loader.load(id);
}

/** Reads a document as it is after what this process knows to be projected, whatever the request has read before. */
export async function readLatest(
  context: GraphQLContext,
  aggregate: Aggregate,
  id: string,
): Promise<StoredDocument | null> {
  context.session.causal = true;
  context.session.loaders.get(aggregate.collection)?.clear(id);
  return loadDocument(context, aggregate, id);
}

async function readByIds(
  context: GraphQLContext,
  aggregate: Aggregate,
  ids: readonly string[],
): Promise<(StoredDocument | null)[]> {
  const documents = await readDocuments(context, aggregate, { filter: { _id: { $in: ids } } });
  const byId = new Map(documents.map((document) => [document._id, document]));
  return ids.map((id) => byId.get(id) ?? null);
}
