import DataLoader from "dataloader";
import type { Aggregate } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { Filter, FindOptions, StoredDocument } from "../../read-model/read-model.ts";
import { type GraphQLContext, bothFilters } from "../context.ts";
import { memoized } from "../memo.ts";
import { permit } from "../permit.ts";
import { type Matching, matchStages } from "./matching.ts";
import { type Row, runFind, runPipeline } from "./read.ts";

/** Reads documents of a matching. @throws EventQLError `READ_MODEL_UNAVAILABLE`. */
export async function readMatching(
  context: GraphQLContext,
  aggregate: Aggregate,
  matching: Matching,
  page: Pick<FindOptions, "sort" | "skip" | "fields"> & { readonly limit: number },
): Promise<readonly StoredDocument[]> {
  const { joins, filter } = matching;
  if (joins.length === 0) return runFind(context, aggregate, { ...page, filter });
  const { sort, ...rest } = page;
  // In order before they are joined: then the joins end with the page.
  const ordered = [...matchStages({ filter, joins: [] }), ...(sort === undefined ? [] : [{ $sort: sort }])];
  const rows = await runPipeline(context, aggregate, [...ordered, ...joins, ...pageStages(rest)]);
  return rows.map(documentOf);
}

function pageStages({ skip, limit, fields }: Pick<FindOptions, "skip" | "limit" | "fields">): readonly Filter[] {
  return [
    ...(skip === undefined || skip === 0 ? [] : [{ $skip: skip }]),
    ...(limit === undefined ? [] : [{ $limit: limit }]),
    ...(fields === undefined ? [] : [{ $project: Object.fromEntries(["_id", ...fields].map((field) => [field, 1])) }]),
  ];
}

/** A row that is a document of a collection. */
export function documentOf(row: Row): StoredDocument {
  const { _id } = row;
  if (typeof _id === "string") return { ...row, _id };
  throw new EventQLError("INTERNAL", "A pipeline made a row that is no document.");
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
  const filter = bothFilters({ _id: { $in: ids } }, permit(context, "read", aggregate.name));
  const documents = await runFind(context, aggregate, { filter });
  const byId = new Map(documents.map((document) => [document._id, document]));
  return ids.map((id) => byId.get(id) ?? null);
}
