import type { Value } from "../../../model/value.ts";
import type { Row } from "../read.ts";

/** A row of the pipeline: `key`, `count`, and objects of the measures by their columns' names. */
export type GroupRow = Row;

/** An object in a row by its name; empty where the row has none. */
export function partOf(row: GroupRow, name: string): Row {
  const part = row[name];
  return isFields(part) ? part : {};
}

/** The value at a place in a row: `count`, `counts.total`. */
export function valueAt(row: GroupRow, place: string): Value | undefined {
  const point = place.indexOf(".");
  return point < 0 ? row[place] : partOf(row, place.slice(0, point))[place.slice(point + 1)];
}

function isFields(value: Value | undefined): value is { readonly [field: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
