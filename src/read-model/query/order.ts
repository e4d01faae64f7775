import type { Sort } from "../read-model.ts";
import { compareValues, isPlainObject } from "./compare.ts";
import { fieldOf, parsePath, type Path } from "./path.ts";

interface OrderKey {
  readonly path: Path;
  readonly direction: 1 | -1;
}

/** Below `null`: the key of an array with no elements. */
const EMPTY = Symbol("empty array");

/** An order as a pipeline's stage has it. */
export function sortOf(sort: unknown): Sort {
  const entries = isPlainObject(sort) ? Object.entries(sort) : [];
  return Object.fromEntries(entries.map(([path, direction]) => [path, direction === -1 ? -1 : 1]));
}

/** The documents in MongoDB's order; documents that compare as equal keep theirs. */
export function sortDocuments<T>(documents: readonly T[], sort: Sort): T[] {
  const keys = Object.entries(sort).map(([path, direction]): OrderKey => ({ path: parsePath(path), direction }));
  if (keys.length === 0) return [...documents];
  return documents
    .map((document) => ({ document, values: keys.map((key) => sortValue(document, key)) }))
    .sort((a, b) => compareRows(a.values, b.values, keys))
    .map(({ document }) => document);
}

/** The documents that come first in MongoDB's order, in that order: no more are kept than a few times as many. */
export function firstDocuments<T>(documents: Iterable<T>, sort: Sort, count: number): Iterable<T> {
  const keys = Object.entries(sort).map(([path, direction]): OrderKey => ({ path: parsePath(path), direction }));
  if (keys.length === 0) return documents;
  const most = Math.max(2 * count, 1_000);
  let rows: Row<T>[] = [];
  let last: Row<T> | undefined;
  const cut = (): void => {
    rows = rows.sort((a, b) => compareRows(a.values, b.values, keys)).slice(0, count);
    last = rows[count - 1];
  };
  for (const document of documents) {
    const row = { document, values: keys.map((key) => sortValue(document, key)) };
    // What compares as equal keeps its place: behind.
    if (last !== undefined && compareRows(row.values, last.values, keys) >= 0) continue;
    rows.push(row);
    if (rows.length >= most) cut();
  }
  cut();
  return rows.map(({ document }) => document);
}

/** A document, and what it is sorted by. */
interface Row<T> {
  readonly document: T;
  readonly values: readonly unknown[];
}

function compareRows(a: readonly unknown[], b: readonly unknown[], keys: readonly OrderKey[]): number {
  for (const [i, { direction }] of keys.entries()) {
    const order = compareKeys(a[i], b[i]) * direction;
    if (order !== 0) return order;
  }
  return 0;
}

function compareKeys(a: unknown, b: unknown): number {
  if (a === EMPTY || b === EMPTY) return Number(b === EMPTY) - Number(a === EMPTY);
  return compareValues(a, b);
}

/** What a document is sorted by: of several values the least when ascending, the greatest when descending. */
function sortValue(document: unknown, { path, direction }: OrderKey): unknown {
  const values: unknown[] = [];
  collect(document, path, 0, values);
  return values.reduce((best, value) => (compareKeys(value, best) * direction < 0 ? value : best), values[0]);
}

function collect(value: unknown, path: Path, depth: number, into: unknown[]): void {
  const step = path[depth];
  if (Array.isArray(value)) collectElements(value, path, depth, into);
  else if (step === undefined) into.push(value);
  else if (isPlainObject(value)) collect(fieldOf(value, step), path, depth + 1, into);
  else into.push(undefined);
}

function collectElements(values: readonly unknown[], path: Path, depth: number, into: unknown[]): void {
  const atEnd = depth === path.length;
  if (values.length === 0) into.push(atEnd ? EMPTY : undefined);
  for (const value of values)
    if (atEnd || !isPlainObject(value)) into.push(atEnd ? value : undefined);
    else collect(value, path, depth, into);
}
