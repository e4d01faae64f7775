import { evalExpr } from "mingo/core";
import { $push } from "mingo/operators/accumulator";
import type { Any, AnyObject, Options } from "mingo/types";
import { compareValues, isNumeric } from "./compare.ts";
import type { Numeric } from "./numeric.ts";
import { averageOf, sumOf } from "./sum.ts";

type Expression = (object: AnyObject, operands: Any, options: Options) => Any;
type Accumulator = (items: Any[], expression: Any, options: Options) => Any;

/** MongoDB's comparison expressions for mingo, in place of its own: bigints and kinds compare as in MongoDB. */
export const comparisonExpressions: Readonly<Record<`$${string}`, Expression>> = {
  $eq: comparing((order) => order === 0),
  $ne: comparing((order) => order !== 0),
  $gt: comparing((order) => order > 0),
  $gte: comparing((order) => order >= 0),
  $lt: comparing((order) => order < 0),
  $lte: comparing((order) => order <= 0),
  $cmp: comparing(Math.sign),
};

/** MongoDB's accumulators for mingo, in place of its own, which know neither bigints nor decimals. */
export const accumulators: Readonly<Record<`$${string}`, Accumulator>> = {
  $sum: (items, expression, options) =>
    typeof expression === "number" ? items.length * expression : sumOf(numbersOf(items, expression, options)),
  $avg: (items, expression, options) => {
    const numbers = numbersOf(items, expression, options);
    return numbers.length === 0 ? null : averageOf(numbers);
  },
  $min: (items, expression, options) => extreme($push(items, expression, options), -1),
  $max: (items, expression, options) => extreme($push(items, expression, options), 1),
};

function comparing(result: (order: number) => unknown): Expression {
  return (object, operands, options) => {
    const values: unknown = evalExpr(object, operands, options);
    const [a, b]: unknown[] = Array.isArray(values) ? values : [];
    return result(compareValues(a, b) || Number(b === undefined) - Number(a === undefined));
  };
}

function numbersOf(items: Any[], expression: Any, options: Options): Numeric[] {
  return $push(items, expression, options).filter(isNumeric);
}

function extreme(values: readonly unknown[], sign: 1 | -1): unknown {
  let best: unknown = null;
  for (const value of values)
    if (value !== null && value !== undefined && (best === null || compareValues(value, best) * sign > 0)) best = value;
  return best;
}
