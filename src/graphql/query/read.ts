import type { Aggregate } from "../../catalog/types.ts";
import { isEventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import type { AggregateOptions, Filter, FindOptions, Read, StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { readReport } from "../explain/read-report.ts";
import { collectionNow, pipelineNow } from "../subscription/moved-collections.ts";
import { explainRefusal } from "./expensive-read.ts";
import { timeLeft } from "./time-left.ts";

/** A row that a pipeline makes. */
export type Row = Readonly<Record<string, Value | undefined>>;

/**
 * Reads documents of an aggregate. Everything that GraphQL reads of the read model passes here or through
 * {@link runPipeline}; the filter holds the caller's scope already.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`, `QUERY_TOO_EXPENSIVE`, `LIMIT_EXCEEDED` when its time is up.
 */
export async function runFind(
  context: GraphQLContext,
  aggregate: Aggregate,
  options: Omit<FindOptions, keyof AggregateOptions>,
): Promise<readonly StoredDocument[]> {
  const collection = collectionNow(context, aggregate.collection);
  const { readModel, limits } = context.services;
  const read = { find: options };
  try {
    return await bounded(context, collection, read, limits.maxExaminedDocuments, async (bounds) =>
      readModel.find(collection, { ...options, ...bounds }),
    );
  } catch (error) {
    throw explainRefusal(context, aggregate, read, error);
  }
}

/**
 * Runs a pipeline over the documents of an aggregate.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`, `QUERY_TOO_EXPENSIVE`, `LIMIT_EXCEEDED` when its time is up.
 */
export async function runPipeline(
  context: GraphQLContext,
  aggregate: Aggregate,
  pipeline: readonly Filter[],
): Promise<readonly Row[]> {
  try {
    return await run(context, aggregate.collection, pipeline, context.services.limits.maxExaminedDocuments);
  } catch (error) {
    throw explainRefusal(context, aggregate, { pipeline }, error);
  }
}

/**
 * Runs a pipeline over the documents of a collection, if it examines no more of them than that; else undefined.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`, `LIMIT_EXCEEDED` when its time is up.
 */
export async function runIfCheap(
  context: GraphQLContext,
  collection: string,
  pipeline: readonly Filter[],
  maxExamined: number,
): Promise<readonly Row[] | undefined> {
  try {
    return await run(context, collection, pipeline, maxExamined);
  } catch (error) {
    if (isEventQLError(error, "QUERY_TOO_EXPENSIVE")) return undefined;
    throw error;
  }
}

function run(
  context: GraphQLContext,
  named: string,
  asked: readonly Filter[],
  maxExamined: number,
): Promise<readonly Row[]> {
  const collection = collectionNow(context, named);
  const pipeline = pipelineNow(context, asked);
  return bounded(context, collection, { pipeline }, maxExamined, async (bounds) =>
    context.services.readModel.aggregate(collection, pipeline, bounds),
  );
}

/** Carries a read out within the request's bounds, and reports it where that is asked for. */
async function bounded<T>(
  context: GraphQLContext,
  collection: string,
  read: Read,
  maxExamined: number,
  carryOut: (bounds: AggregateOptions) => Promise<T>,
): Promise<T> {
  const { services, session } = context;
  const time = timeLeft(context);
  try {
    const result = await carryOut({ causal: session.causal, timeoutMs: time.ms, maxExamined });
    session.reads?.push(readReport(collection, read, await services.readModel.explain(collection, read)));
    return result;
  } catch (error) {
    throw time.errorOf(error);
  }
}
