import type { Aggregate } from "../../catalog/types.ts";
import type { Filter, FindOptions, StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { type Matching, matchStages } from "./matching.ts";
import { documentOf } from "./read-documents.ts";
import { runPipeline } from "./read.ts";

/** Of which documents the first is meant, and which of those are asked for. */
type DistinctPage = Required<Pick<FindOptions, "sort" | "skip" | "fields">> & { readonly limit: number };

/**
 * Reads of each combination of values the document that comes first in the order, as PostgreSQL's `DISTINCT ON`. Null
 * and absent are one value.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`.
 */
export async function readDistinct(
  context: GraphQLContext,
  aggregate: Aggregate,
  matching: Matching,
  paths: readonly string[],
  page: DistinctPage,
): Promise<readonly StoredDocument[]> {
  const rows = await runPipeline(context, aggregate, distinctPipeline(matching, paths, page));
  return rows.map(documentOf);
}

function distinctPipeline(
  matching: Matching,
  paths: readonly string[],
  { sort, skip, limit, fields }: DistinctPage,
): readonly Filter[] {
  // Groups hold whole documents: what nobody needs is left out before.
  const needed = [...new Set(["_id", ...fields, ...paths, ...Object.keys(sort)])];
  const keys = paths.map((path, index) => [`key${index}`, { $ifNull: [`$${path}`, null] }]);
  return [
    ...matchStages(matching),
    { $project: Object.fromEntries(needed.map((field) => [field, 1])) },
    { $sort: sort },
    { $group: { _id: Object.fromEntries(keys), first: { $first: "$$ROOT" } } },
    { $replaceRoot: { newRoot: "$first" } },
    { $sort: sort },
    ...(skip === 0 ? [] : [{ $skip: skip }]),
    { $limit: limit },
  ];
}
