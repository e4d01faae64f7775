import type { Filter, FindOptions, Sort, StoredDocument } from "../../../read-model/read-model.ts";
import { type GraphQLContext, bothFilters } from "../../context.ts";
import type { AggregatePlan } from "../../plan.ts";
import { type Matching, matchStages } from "../matching.ts";
import { readMatching } from "../read-documents.ts";
import { runPipeline } from "../read.ts";
import type { Place } from "./cursor.ts";
import { afterPlace, fromPlace, reversed } from "./keyset.ts";
import type { Slice } from "./slice.ts";

/** A list in an order, and the part of it that is asked for. */
export interface ConnectionRequest {
  readonly context: GraphQLContext;
  readonly plan: AggregatePlan;
  readonly matching: Matching;
  readonly sort: Sort;
  readonly slice: Slice;
  readonly after: Place | undefined;
  readonly before: Place | undefined;
  /** What is needed of each document, what it is ordered by included. */
  readonly fields: readonly string[];
}

/** Documents that stand together in an order. */
export interface ConnectionPage {
  readonly documents: readonly StoredDocument[];
  /** Whether there are more between the cursors, after the first of them or before the last. */
  readonly hasMore: boolean;
}

/** Reads the documents that are asked for, and whether there is one more. @throws EventQLError `READ_MODEL_UNAVAILABLE`. */
export async function readPage(request: ConnectionRequest): Promise<ConnectionPage> {
  const { sort, slice, after, before, fields } = request;
  const found = await readWithin(request, boundsOf(sort, after, before), {
    sort: slice.fromEnd ? reversed(sort) : sort,
    limit: slice.size + 1,
    fields,
  });
  const documents = found.slice(0, slice.size);
  return { documents: slice.fromEnd ? documents.toReversed() : documents, hasMore: found.length > slice.size };
}

/** Whether a document stands at the cursor that the page follows, or before it. */
export async function isAnyBefore(request: ConnectionRequest): Promise<boolean> {
  return await isAny(request, reversed(request.sort), request.after);
}

/** Whether a document stands at the cursor that the page comes before, or after it. */
export async function isAnyAfter(request: ConnectionRequest): Promise<boolean> {
  return await isAny(request, request.sort, request.before);
}

/** Counts the documents of the whole list. @throws EventQLError `READ_MODEL_UNAVAILABLE`. */
export async function countAll({ context, plan, matching }: ConnectionRequest): Promise<number> {
  const [row] = await runPipeline(context, plan.aggregate, [...matchStages(matching), { $count: "count" }]);
  return Number(row?.["count"] ?? 0);
}

async function isAny(request: ConnectionRequest, sort: Sort, place: Place | undefined): Promise<boolean> {
  if (place === undefined) return false;
  const found = await readWithin(request, fromPlace(sort, place), { sort, limit: 1, fields: [] });
  return found.length > 0;
}

function boundsOf(sort: Sort, after: Place | undefined, before: Place | undefined): Filter {
  const lower = after === undefined ? {} : afterPlace(sort, after);
  return bothFilters(lower, before === undefined ? undefined : afterPlace(reversed(sort), before));
}

async function readWithin(
  { context, plan, matching }: ConnectionRequest,
  bounds: Filter,
  page: Pick<FindOptions, "sort" | "fields"> & { readonly limit: number },
): Promise<readonly StoredDocument[]> {
  const bounded = { ...matching, filter: bothFilters(matching.filter, bounds) };
  return await readMatching(context, plan.aggregate, bounded, page);
}
