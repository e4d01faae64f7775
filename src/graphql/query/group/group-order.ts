import { EventQLError } from "../../../errors.ts";
import type { Sort } from "../../../read-model/read-model.ts";
import { MAX_SORT_KEYS } from "../order-by.ts";

/** An entry of `orderBy`: a direction for the count, or for one column of the key or of a value. */
export type GroupOrderBy = Readonly<Record<string, Direction | Readonly<Record<string, Direction>>>>;

type Direction = 1 | -1;

/** The places in a row that an `orderBy` names, each with its direction: `key.color`, `count`, `sum.total`. */
export function orderPlaces(orderBy: readonly GroupOrderBy[]): readonly (readonly [string, Direction])[] {
  return orderBy.flatMap((entry) =>
    Object.entries(entry).flatMap(([name, given]) =>
      typeof given === "number"
        ? [[name, given] as const]
        : Object.entries(given).map(([column, direction]) => [`${name}.${column}`, direction] as const),
    ),
  );
}

/**
 * Compiles `orderBy` into a total order of rows: the keys decide last. The first entry of a place counts.
 * @param keys the names of the columns that are grouped by
 * @throws EventQLError `BAD_USER_INPUT` for a key that isn't grouped by, `LIMIT_EXCEEDED`.
 */
export function compileGroupOrder(keys: readonly string[], orderBy: readonly GroupOrderBy[]): Sort {
  const sort: Record<string, Direction> = {};
  for (const [place, direction] of orderPlaces(orderBy)) {
    const key = place.startsWith("key.") ? place.slice("key.".length) : undefined;
    if (key !== undefined && !keys.includes(key))
      throw new EventQLError(
        "BAD_USER_INPUT",
        `orderBy names the key ${key}, which isn't grouped by: add it to groupBy, or order by min or max of it.`,
      );
    sort[place] ??= direction;
  }
  // One row has no order.
  if (keys.length === 0) return {};
  for (const key of keys) sort[`key.${key}`] ??= 1;
  if (Object.keys(sort).length <= MAX_SORT_KEYS) return sort;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `groupBy and orderBy name more than ${MAX_SORT_KEYS} things to order groups by: name fewer.`,
    { details: { maximum: MAX_SORT_KEYS } },
  );
}
