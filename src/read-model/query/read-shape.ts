import { isPlainObject } from "./compare.ts";

/**
 * A filter or an order as text in which values are replaced by their kinds: reads of one shape are carried out alike.
 * What makes a difference to the planner stays: null, an empty list, and whether a pattern is bound to the beginning.
 */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].join()}]`;
  if (value instanceof RegExp) return value.source.startsWith("^") && !value.ignoreCase ? "^" : "~";
  if (isPlainObject(value)) return `{${Object.entries(value).map(shapeOfField).join()}}`;
  return value === null ? "null" : "?";
}

function shapeOfField([name, value]: readonly [string, unknown]): string {
  const isPattern = name === "$regex" && typeof value === "string";
  return `${JSON.stringify(name)}:${isPattern ? (value.startsWith("^") ? "^" : "~") : shapeOf(value)}`;
}
