import { isPlainObject } from "./compare.ts";

/** The steps of a dotted path. */
export type Path = readonly string[];

/** Splits a dotted path. */
export function parsePath(path: string): Path {
  return path.split(".");
}

/** A field of a document that is its own, so that no inherited name is taken for one. */
export function fieldOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * Whether any value that the path leads to passes the test, as MongoDB follows paths: through every document of an
 * array on the way, and by index where a step is a number. A missing field is tested as `undefined`.
 * @param expand whether the elements of an array at the path's end are tested too, before the array itself; never those
 *   of an array that was found by its index.
 */
export function someAtPath(
  value: unknown,
  path: Path,
  expand: boolean,
  test: (value: unknown) => boolean,
  depth = 0,
): boolean {
  const step = path[depth];
  if (step === undefined) return (expand && Array.isArray(value) && value.some(test)) || test(value);
  if (Array.isArray(value)) return someInArray(value, path, expand, test, depth);
  return isPlainObject(value) ? someAtPath(fieldOf(value, step), path, expand, test, depth + 1) : test(undefined);
}

function someInArray(
  values: readonly unknown[],
  path: Path,
  expand: boolean,
  test: (value: unknown) => boolean,
  depth: number,
): boolean {
  if (values.some((value) => isPlainObject(value) && someAtPath(value, path, expand, test, depth))) return true;
  const index = indexOf(path[depth]);
  if (index === undefined || index >= values.length) return false;
  const isEnd = depth + 1 === path.length;
  return someAtPath(values[index], path, expand && !isEnd, test, depth + 1);
}

function indexOf(step: string | undefined): number | undefined {
  return step !== undefined && /^(?:0|[1-9]\d*)$/.test(step) ? Number(step) : undefined;
}
