import { Aggregator } from "mingo/aggregator";
import { Context, ProcessingMode, evalExpr } from "mingo/core";
import { type Iterator, Lazy } from "mingo/lazy";
import * as mingoAccumulators from "mingo/operators/accumulator";
import * as mingoExpressions from "mingo/operators/expression";
import * as mingoStages from "mingo/operators/pipeline";
import * as projectionOperators from "mingo/operators/projection";
import * as mingoQueryOperators from "mingo/operators/query";
import * as windowOperators from "mingo/operators/window";
import type { AnyObject, Options } from "mingo/types";
import { EventQLError } from "../../errors.ts";
import type { Filter } from "../read-model.ts";
import { addToSet } from "./add-to-set.ts";
import { arithmetic } from "./arithmetic.ts";
import { isPlainObject } from "./compare.ts";
import { conversions } from "./conversions.ts";
import { convert } from "./convert.ts";
import { dateExpressions } from "./dates.ts";
import { equalityKey } from "./equality-key.ts";
import { accumulators, comparisonExpressions } from "./expressions.ts";
import { compileFilter } from "./filter.ts";
import { type Source, join, joinOf } from "./join.ts";
import { queryOperators } from "./operators.ts";
import { sortDocuments, sortOf } from "./order.ts";
import { topN } from "./top-n.ts";

const context = Context.init({
  accumulator: { ...mingoAccumulators, ...accumulators, $addToSet: addToSet, $topN: topN },
  expression: {
    ...mingoExpressions,
    ...comparisonExpressions,
    ...conversions,
    $convert: convert,
    ...arithmetic,
    ...dateExpressions,
  },
  pipeline: {
    ...mingoStages,
    $match: matchStage,
    $sort: sortStage,
    $group: groupStage,
    $unset: unsetStage,
    $count: countStage,
  },
  projection: projectionOperators,
  query: { ...mingoQueryOperators, ...queryOperators },
  window: windowOperators,
});

/** Stages that write elsewhere: a read has none. */
const WRITING = new Set(["$out", "$merge"]);

/** Stages that leave the documents they are given as they are; others may write into them. */
const PURE = new Set(["$match", "$sort", "$group", "$limit", "$skip", "$count", "$facet", "$replaceRoot"]);

/** Stages that leave them so where they name fields of the top level only. */
const PURE_AT_TOP = new Set(["$set", "$addFields", "$unset", "$project"]);

/** Runs an aggregation pipeline over documents, which it leaves as they are. `source` serves `$lookup` and its like. */
export function runPipeline(documents: Iterable<object>, pipeline: readonly Filter[], source: Source): AnyObject[] {
  if (pipeline.some((stage) => Object.keys(stage).some((name) => WRITING.has(name))))
    throw new EventQLError("INTERNAL", "An aggregation pipeline may only read: leave out $out and $merge.");
  const end = pipeline.findIndex((stage) => "$lookup" in stage && joinOf(stage["$lookup"]) !== undefined);
  const lookup = joinOf(pipeline[end]?.["$lookup"]);
  if (lookup === undefined) return runStages(documents, pipeline, source);
  const found = runStages(documents, pipeline.slice(0, end), source);
  const joined = join(found, lookup, source, (rows, stages) => runPipeline(rows, stages, source));
  return runPipeline(joined, pipeline.slice(end + 1), source);
}

/** Runs the stages of mingo. */
function runStages(documents: Iterable<object>, stages: readonly Filter[], source: Source): AnyObject[] {
  const aggregator = new Aggregator([...stages], {
    context,
    scriptEnabled: false,
    processingMode: stages.every(isPure) ? ProcessingMode.CLONE_OFF : ProcessingMode.CLONE_INPUT,
    collectionResolver: (name) => [...source(name)].filter(isPlainObject),
  });
  return aggregator.run(documents);
}

function isPure(stage: Filter): boolean {
  return Object.entries(stage).every(
    ([name, argument]) =>
      PURE.has(name) || (PURE_AT_TOP.has(name) && fieldsOf(argument).every((field) => !field.includes("."))),
  );
}

function fieldsOf(argument: unknown): readonly string[] {
  return isPlainObject(argument) ? Object.keys(argument) : [argument].flat().map(String);
}

/** In place of mingo's, which counts no documents as 0; MongoDB makes no row of none. */
function countStage(documents: Iterator, field: unknown, _options: Options): Iterator {
  return documents.transform((rows: unknown[]) => Lazy(rows.length === 0 ? [] : [{ [String(field)]: rows.length }]));
}

/** In place of mingo's, which writes into the documents. */
function unsetStage(documents: Iterator, argument: unknown, options: Options): Iterator {
  const fields = fieldsOf(argument);
  if (fields.some((field) => field.includes("."))) return mingoStages.$unset(documents, [...fields], options);
  const removed = new Set(fields);
  return documents.map((row: object) => Object.fromEntries(Object.entries(row).filter(([name]) => !removed.has(name))));
}

function matchStage(documents: Iterator, filter: unknown, _options: Options): Iterator {
  return documents.filter(compileFilter(isPlainObject(filter) ? filter : {}));
}

function sortStage(documents: Iterator, sort: unknown, _options: Options): Iterator {
  return documents.transform((items: unknown[]) => Lazy(sortDocuments(items, sortOf(sort))));
}

/** In place of mingo's, whose keys are equal only where they are of one form: numbers and bigints never. */
function groupStage(
  documents: Iterator,
  { _id: key, ...fields }: Parameters<typeof mingoStages.$group>[1],
  options: Options,
): Iterator {
  return documents.transform((items: AnyObject[]) => {
    const groups = new Map<unknown, { readonly id: unknown; readonly items: AnyObject[] }>();
    for (const item of items) {
      const id = groupId(evalExpr(item, key, options));
      const shared = equalityKey(id);
      const group = groups.get(shared);
      if (group === undefined) groups.set(shared, { id, items: [item] });
      else group.items.push(item);
    }
    return Lazy([...groups.values()].map((group) => rowOf(group, fields, options)));
  });
}

/** Missing parts of a compound key are left out of it. */
function groupId(id: unknown): unknown {
  return isPlainObject(id)
    ? Object.fromEntries(Object.entries(id).filter(([, part]) => part !== undefined))
    : (id ?? null);
}

function rowOf(
  { id, items }: { readonly id: unknown; readonly items: AnyObject[] },
  fields: AnyObject,
  options: Options,
): AnyObject {
  const values = Object.entries(fields).map(([name, expression]) => [name, evalExpr(items, expression, options)]);
  return { _id: id, ...Object.fromEntries(values) };
}
