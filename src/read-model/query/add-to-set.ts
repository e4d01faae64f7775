import { $push } from "mingo/operators/accumulator";
import type { Any, Options } from "mingo/types";
import { equalityKey } from "./equality-key.ts";

/** MongoDB's accumulator `$addToSet` for mingo: equal values once, in the order in which they come; a missing one is none. */
export function addToSet(items: Any[], expression: Any, options: Options): Any {
  const set = new Map<unknown, unknown>();
  // Lists of one value each: mingo would make null of a missing one.
  for (const value of $push(items, [expression], options).flat()) {
    const key = equalityKey(value);
    if (value !== undefined && !set.has(key)) set.set(key, value);
  }
  return [...set.values()];
}
