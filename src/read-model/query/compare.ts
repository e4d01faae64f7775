import { Decimal } from "../../model/decimal.ts";
import { type Numeric, compareNumeric } from "./numeric.ts";

/**
 * MongoDB's order of values: first by kind, then by value; numbers, bigints and decimals are one kind.
 * Source: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 */
export function compareValues(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  const difference = kind - kindOf(b);
  if (difference !== 0) return difference;
  if (isNumeric(a) && isNumeric(b)) return compareNumeric(a, b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Date && b instanceof Date) return compareNumeric(a.getTime(), b.getTime());
  if (a instanceof Uint8Array && b instanceof Uint8Array) return a.length - b.length || Buffer.compare(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (isPlainObject(a) && isPlainObject(b)) return compareObjects(a, b);
  return 0;
}

/** The rank of a value's kind: values of different kinds compare by it. Missing and `null` are one kind. */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case "undefined":
      return KIND.null;
    case "number":
    case "bigint":
      return KIND.number;
    case "string":
      return KIND.string;
    case "boolean":
      return KIND.boolean;
    default:
      return kindOfObject(value);
  }
}

/** Whether a value is a document within a document: neither null nor an array, bytes, a date, a decimal or a pattern. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && kindOfObject(value) === KIND.object;
}

/** Whether a value is a number, a bigint or a decimal. */
export function isNumeric(value: unknown): value is Numeric {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Decimal;
}

const KIND = { null: 1, number: 2, string: 3, object: 4, array: 5, bytes: 6, boolean: 7, date: 8, regex: 9 } as const;

function kindOfObject(value: unknown): number {
  if (value === null) return KIND.null;
  if (Array.isArray(value)) return KIND.array;
  if (value instanceof Date) return KIND.date;
  if (value instanceof Decimal) return KIND.number;
  if (value instanceof Uint8Array) return KIND.bytes;
  return value instanceof RegExp ? KIND.regex : KIND.object;
}

/** By code point, as UTF-8 bytes compare; JavaScript's `<` compares UTF-16 units, which differs beyond U+FFFF. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Lifts surrogates, which stand for code points beyond U+FFFF, above all other units. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  const entriesOfA = Object.entries(a);
  const entriesOfB = Object.entries(b);
  for (const [i, [name, value]] of entriesOfA.entries()) {
    const other = entriesOfB[i];
    if (other === undefined) return 1;
    const order = kindOf(value) - kindOf(other[1]) || compareStrings(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return entriesOfA.length - entriesOfB.length;
}
