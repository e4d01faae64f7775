import { Context } from "mingo/core";
import * as expressionOperators from "mingo/operators/expression";
import * as mingoOperators from "mingo/operators/query";
import { Query } from "mingo/query";
import type { Filter } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";
import { comparisonExpressions } from "./expressions.ts";
import { wrapOperands } from "./operand.ts";
import { queryOperators } from "./operators.ts";

/** Tests a document. */
export type Matches = (document: object) => boolean;

const plain = Context.init({ query: { ...mingoOperators, ...queryOperators } });
const withExpressions = Context.from(
  plain,
  Context.init({ expression: { ...expressionOperators, ...comparisonExpressions } }),
);

const compiled = new WeakMap<Filter, Matches>();

/**
 * Makes the test that a filter in MongoDB's query language stands for. The same filter object is compiled once, so it
 * must not be changed afterwards.
 * @throws EventQLError `INTERNAL` for a filter that MongoDB would refuse too.
 */
export function compileFilter(filter: Filter): Matches {
  const known = compiled.get(filter);
  if (known !== undefined) return known;
  const matches = compile(filter);
  compiled.set(filter, matches);
  return matches;
}

function compile(filter: Filter): Matches {
  if (Object.keys(filter).length === 0) return () => true;
  const query = new Query<object>(wrapOperands(filter), {
    context: hasExpression(filter) ? withExpressions : plain,
    scriptEnabled: false,
  });
  return (document) => query.test(document);
}

/** mingo copies its context for each filter, and the expressions are most of it. */
function hasExpression(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasExpression);
  return (
    isPlainObject(value) && Object.entries(value).some(([name, child]) => name === "$expr" || hasExpression(child))
  );
}
