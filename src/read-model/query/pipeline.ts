import { Aggregator } from "mingo/aggregator";
import { Context, ProcessingMode } from "mingo/core";
import { type Iterator, Lazy } from "mingo/lazy";
import * as mingoAccumulators from "mingo/operators/accumulator";
import * as mingoExpressions from "mingo/operators/expression";
import * as mingoStages from "mingo/operators/pipeline";
import * as projectionOperators from "mingo/operators/projection";
import * as mingoQueryOperators from "mingo/operators/query";
import * as windowOperators from "mingo/operators/window";
import type { AnyObject, Options } from "mingo/types";
import { EventQLError } from "../../errors.ts";
import type { Filter, Sort } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";
import { accumulators, comparisonExpressions } from "./expressions.ts";
import { compileFilter } from "./filter.ts";
import { queryOperators } from "./operators.ts";
import { sortDocuments } from "./order.ts";

const context = Context.init({
  accumulator: { ...mingoAccumulators, ...accumulators },
  expression: { ...mingoExpressions, ...comparisonExpressions },
  pipeline: { ...mingoStages, $match: matchStage, $sort: sortStage, $group: groupStage },
  projection: projectionOperators,
  query: { ...mingoQueryOperators, ...queryOperators },
  window: windowOperators,
});

/** Stages that write elsewhere: a read has none. */
const WRITING = new Set(["$out", "$merge"]);

/** Stages that leave the documents they are given as they are; others may write into them. */
const PURE = new Set(["$match", "$sort", "$group", "$limit", "$skip", "$count"]);

/** Runs an aggregation pipeline over documents, which it leaves as they are. `collections` serves `$lookup` and its like. */
export function runPipeline(
  documents: Iterable<object>,
  pipeline: readonly Filter[],
  collections: (name: string) => Iterable<object>,
): AnyObject[] {
  const stages = pipeline.flatMap((stage) => Object.keys(stage));
  if (stages.some((stage) => WRITING.has(stage)))
    throw new EventQLError("INTERNAL", "An aggregation pipeline may only read: leave out $out and $merge.");
  const isPure = stages.every((stage) => PURE.has(stage));
  const aggregator = new Aggregator([...pipeline], {
    context,
    scriptEnabled: false,
    processingMode: isPure ? ProcessingMode.CLONE_OFF : ProcessingMode.CLONE_INPUT,
    collectionResolver: (name) => [...collections(name)].filter(isPlainObject),
  });
  return aggregator.run(documents);
}

function matchStage(documents: Iterator, filter: unknown, _options: Options): Iterator {
  return documents.filter(compileFilter(isPlainObject(filter) ? filter : {}));
}

function sortStage(documents: Iterator, sort: unknown, _options: Options): Iterator {
  return documents.transform((items: unknown[]) => Lazy(sortDocuments(items, directions(sort))));
}

/** Missing parts of a compound group key are left out of it; mingo leaves them in as `undefined`. */
function groupStage(documents: Iterator, group: Parameters<typeof mingoStages.$group>[1], options: Options): Iterator {
  return mingoStages.$group(documents, group, options).map(({ _id, ...fields }: AnyObject) => ({
    _id: isPlainObject(_id) ? Object.fromEntries(Object.entries(_id).filter(([, part]) => part !== undefined)) : _id,
    ...fields,
  }));
}

function directions(sort: unknown): Sort {
  const entries = isPlainObject(sort) ? Object.entries(sort) : [];
  return Object.fromEntries(entries.map(([path, direction]) => [path, direction === -1 ? -1 : 1]));
}
