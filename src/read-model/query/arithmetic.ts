import { evalExpr } from "mingo/core";
import * as mingo from "mingo/operators/expression";
import type { Any, AnyObject, Options } from "mingo/types";
import { Decimal } from "../../model/decimal.ts";
import { divideDecimal } from "./decimal128.ts";

type Expression = (object: AnyObject, operands: Any, options: Options) => Any;

/** MongoDB's arithmetic for mingo on what its own knows nothing of: longs times whole numbers, decimals by whole numbers. */
export const arithmetic: Readonly<Record<`$${string}`, Expression>> = {
  $multiply: calculating(multiplied, mingo.$multiply),
  $divide: calculating(divided, mingo.$divide),
  $floor: calculating(([value]) => (value instanceof Decimal ? floored(value) : undefined), mingo.$floor),
};

/** What `calculate` doesn't know is left to mingo. */
function calculating(calculate: (operands: readonly unknown[]) => unknown, otherwise: Expression): Expression {
  return (object, operands, options) => {
    const values: unknown = evalExpr(object, operands, options);
    return calculate(Array.isArray(values) ? values : [values]) ?? otherwise(object, operands, options);
  };
}

function multiplied(factors: readonly unknown[]): bigint | undefined {
  if (!factors.some((factor) => typeof factor === "bigint")) return undefined;
  let product = 1n;
  for (const factor of factors)
    if (typeof factor === "bigint") product *= factor;
    else if (typeof factor === "number" && Number.isInteger(factor)) product *= BigInt(factor);
    else return undefined;
  return product;
}

function divided([dividend, divisor]: readonly unknown[]): Decimal | undefined {
  if (!(dividend instanceof Decimal) || typeof divisor !== "number") return undefined;
  return Number.isInteger(divisor) && divisor !== 0 ? divideDecimal(dividend, divisor) : undefined;
}

function floored({ text }: Decimal): Decimal {
  const [whole = "0", fraction = ""] = text.split(".");
  const isBelow = text.startsWith("-") && /[1-9]/.test(fraction);
  return new Decimal(isBelow ? (BigInt(whole) - 1n).toString() : BigInt(whole).toString());
}
