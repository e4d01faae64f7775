import { $push } from "mingo/operators/accumulator";
import type { Any, Options } from "mingo/types";
import { isPlainObject } from "./compare.ts";
import { firstDocuments, sortOf } from "./order.ts";

/** MongoDB's accumulator `$topN` for mingo, in place of its own: it has MongoDB's order. `n` is a number. */
export function topN(items: Any[], expression: Any, options: Options): Any[] {
  const { n, sortBy, output }: { readonly [field: string]: unknown } = isPlainObject(expression) ? expression : {};
  return $push([...firstDocuments(items, sortOf(sortBy), Number(n))], output, options);
}
