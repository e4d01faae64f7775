import type DataLoader from "dataloader";
import type { GraphQLResolveInfo } from "graphql";
import type { StoredDocument } from "../../../read-model/read-model.ts";
import { type GraphQLContext, bothFilters } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import { permit } from "../../permit.ts";
import type { AggregatePlan } from "../../plan.ts";
import { runFind } from "../read.ts";
import { selectedPaths } from "../selected-columns.ts";
import { RequestLoaders } from "./request-loaders.ts";

const loaders = new RequestLoaders<StoredDocument | null>();

/**
 * The loader of an aggregate's documents by key, with what is selected of them; null is one that isn't there, or that the
 * caller may not see.
 */
export function relatedDocuments(
  context: GraphQLContext,
  { plan }: AggregateParts,
  info: GraphQLResolveInfo,
): DataLoader<string, StoredDocument | null> {
  return loaders.of(context, info, () => {
    const fields = selectedPaths(plan, info).toSorted();
    return {
      text: JSON.stringify([plan.aggregate.name, fields]),
      read: (ids) => readByIds(context, plan, ids, fields),
    };
  });
}

async function readByIds(
  context: GraphQLContext,
  { aggregate }: AggregatePlan,
  ids: readonly string[],
  fields: readonly string[],
): Promise<(id: string) => StoredDocument | null> {
  const filter = bothFilters({ _id: { $in: ids } }, permit(context, "read", aggregate.name));
  const documents = await runFind(context, aggregate, { filter, fields });
  const byId = new Map(documents.map((document) => [document._id, document]));
  return (id) => byId.get(id) ?? null;
}
