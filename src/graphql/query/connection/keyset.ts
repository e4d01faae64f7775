import type { Filter, Sort } from "../../../read-model/read-model.ts";
import type { Place } from "./cursor.ts";
import type { KeyValue } from "./key-packing.ts";

/** The order from the end to the beginning. */
export function reversed(sort: Sort): Sort {
  return Object.fromEntries(Object.entries(sort).map(([path, direction]) => [path, direction === 1 ? -1 : 1]));
}

/** What stands in the order after a place: one alternative for each key that may be the first to differ. */
export function afterPlace(sort: Sort, place: Place): Filter {
  return keyset(sort, place, false);
}

/** What stands in the order after a place, or at it. The last key must be the id. */
export function fromPlace(sort: Sort, place: Place): Filter {
  return keyset(sort, place, true);
}

function keyset(sort: Sort, place: Place, inclusive: boolean): Filter {
  const keys = Object.entries(sort).map(([path, direction], index) => ({
    path,
    direction,
    value: place[index] ?? null,
  }));
  const alternatives = keys.flatMap(({ path, direction, value }, index): Filter[] => {
    const beyond = path === "_id" ? beyondId(direction, value, inclusive) : beyondValue(direction, value);
    if (beyond === undefined) return [];
    const equal = keys.slice(0, index).map((key): Filter => ({ [key.path]: { $eq: key.value } }));
    return [equal.length === 0 ? { [path]: beyond } : { $and: [...equal, { [path]: beyond }] }];
  });
  const [only, ...others] = alternatives;
  return only !== undefined && others.length === 0 ? only : { $or: alternatives };
}

function beyondId(direction: 1 | -1, value: KeyValue, inclusive: boolean): Filter {
  return { [`${direction === 1 ? "$gt" : "$lt"}${inclusive ? "e" : ""}`]: value };
}

/**
 * What a column's value must be to stand beyond another. MongoDB sorts null first, then NaN, then the values; its
 * comparisons, on the other hand, hold neither for null nor for NaN.
 * Source: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 */
function beyondValue(direction: 1 | -1, value: KeyValue): Filter | undefined {
  if (value === null) return direction === 1 ? { $ne: null } : undefined;
  if (Number.isNaN(value)) return direction === 1 ? { $gte: Number.NEGATIVE_INFINITY } : { $eq: null };
  return direction === 1 ? { $gt: value } : { $not: { $gte: value } };
}
