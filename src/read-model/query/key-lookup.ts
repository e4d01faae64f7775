import type { Filter } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";

/** A filter's part that names documents by key, and what else they must match (`null`: nothing). */
export interface KeyLookup {
  readonly keys: readonly string[];
  readonly rest: Filter | null;
}

/** Splits a filter into the keys it names, on its top level or in a top-level `$and`, and the rest. */
export function keyLookup(filter: Filter): KeyLookup | undefined {
  const { _id: condition, ...others } = filter;
  const keys = keysOf(condition);
  if (keys !== undefined) return { keys, rest: Object.keys(others).length === 0 ? null : others };
  return keysWithin(filter);
}

/** Keys named by a branch of `$and` bound the search; the whole filter is still tested. */
function keysWithin(filter: Filter): KeyLookup | undefined {
  const { $and: branches } = filter;
  if (!Array.isArray(branches)) return undefined;
  for (const branch of branches) {
    const lookup = isPlainObject(branch) ? keyLookup(branch) : undefined;
    if (lookup !== undefined) return { keys: lookup.keys, rest: filter };
  }
  return undefined;
}

function keysOf(condition: unknown): readonly string[] | undefined {
  if (typeof condition === "string") return [condition];
  if (!isPlainObject(condition) || Object.keys(condition).length !== 1) return undefined;
  if (typeof condition["$eq"] === "string") return [condition["$eq"]];
  const { $in: list } = condition;
  return Array.isArray(list) && list.every((key) => typeof key === "string") ? [...new Set<string>(list)] : undefined;
}
