import { evalExpr } from "mingo/core";
import * as mingo from "mingo/operators/expression";
import type { Any, AnyObject, Options } from "mingo/types";
import { Decimal } from "../../model/decimal.ts";
import { isNumeric } from "./compare.ts";
import { type Numeric, decimalOf } from "./numeric.ts";

type Expression = (object: AnyObject, operand: Any, options: Options) => Any;

/** MongoDB's conversions of numbers and dates for mingo, in place of its own, which know neither bigints nor decimals. */
export const conversions: Readonly<Record<`$${string}`, Expression>> = {
  $toDecimal: converting((value) => (isNumeric(value) ? toDecimal(value) : undefined), mingo.$toDecimal),
  $toDouble: converting((value) => (isNumeric(value) ? Number(value) : undefined), mingo.$toDouble),
  $toLong: converting(toLong, mingo.$toLong),
  $toDate: converting((value) => (isNumeric(value) ? new Date(Number(value)) : undefined), mingo.$toDate),
};

/** Null stays null; what `convert` doesn't know is left to mingo. */
function converting(convert: (value: unknown) => unknown, otherwise: Expression): Expression {
  return (object, operand, options) => {
    const value: unknown = evalExpr(object, operand, options);
    if (value === null || value === undefined) return null;
    return convert(value) ?? otherwise(object, operand, options);
  };
}

/** Whole numbers and decimals; what MongoDB makes of a double is rounded, and nobody asks for it. */
function toDecimal(value: Numeric): Decimal | undefined {
  return typeof value !== "number" || Number.isInteger(value) ? decimalOf(value) : undefined;
}

function toLong(value: unknown): bigint | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : BigInt(value.getTime());
  if (value instanceof Decimal) return BigInt(value.text.replace(/\..*$/, ""));
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
}
