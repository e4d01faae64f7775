import { evalExpr } from "mingo/core";
import * as mingo from "mingo/operators/expression";
import type { Any, AnyObject, Options } from "mingo/types";

type Conversion = Parameters<typeof mingo.$convert>[1];

/** MongoDB's `$convert` for mingo: in place of its own where a text becomes a long, which may be beyond a double's integers. */
export function convert(object: AnyObject, operand: Conversion, options: Options): Any {
  if (operand.to !== "long") return mingo.$convert(object, operand, options);
  const input: unknown = evalExpr(object, operand.input, options);
  if (typeof input !== "string") return mingo.$convert(object, operand, options);
  return longOf(input) ?? evalExpr(object, operand.onError, options);
}

function longOf(text: string): bigint | undefined {
  if (!/^[-+]?\d{1,19}$/.test(text)) return undefined;
  const long = BigInt(text);
  return long === BigInt.asIntN(64, long) ? long : undefined;
}
