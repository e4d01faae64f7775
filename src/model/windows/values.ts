import { Big } from "big.js";
import { Decimal, compareDecimals, isStoredAsDecimal, scaleOf } from "../decimal.ts";
import type { Value } from "../value.ts";
import type { Kind } from "./avro-kind.ts";

/** An event's value in the stored form of a kind. `what`: where it is from, for errors. @throws TypeError where it is none. */
export function valueAs(kind: Kind, value: Value, what: string): Value {
  const fitting = fit(kind, value);
  if (fitting !== undefined) return fitting;
  const { kind: expected } = kind;
  const type = expected === "decimal" ? `decimal of at most ${kind.scale} digits behind the point` : expected;
  throw new TypeError(`${what} is no ${type}: give the type that the field has`);
}

/** Avro's order of the values of a kind. Of doubles, NaN is the greatest, and -0 is below 0. */
export function compareAs(kind: Kind, a: Value, b: Value): number {
  if (kind.kind === "enum") return placeIn(kind.symbols, a) - placeIn(kind.symbols, b);
  if (typeof a === "string" && typeof b === "string" && kind.kind !== "decimal") return compareBytes(utf8(a), utf8(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (kind.kind === "decimal") return compareDecimals(decimalOf(a), decimalOf(b));
  if (kind.kind === "double") return compareDoubles(Number(a), Number(b));
  const [first, second] = [comparable(a), comparable(b)];
  return first < second ? -1 : Number(first > second);
}

/** The number that a stored decimal is. */
export function bigOf(value: Value): Big {
  return new Big(decimalOf(value).text);
}

/** A decimal in the stored form of its type, rounded half to even to so many digits behind the point. */
export function storedDecimal(
  value: Big,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): Value {
  const text = value.toFixed(scale, Big.roundHalfEven);
  const plain = /[1-9]/.test(text) ? text : text.replace("-", "");
  return isStoredAsDecimal(precision) ? new Decimal(plain) : plain;
}

/** A text that two values of one field share if they are equal. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof Decimal) return new Big(value.text).toFixed();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}

function fit(kind: Kind, value: Value): Value | undefined {
  switch (kind.kind) {
    case "int":
      return Number.isInteger(value) ? value : undefined;
    case "long":
      return longOf(value);
    case "decimal":
      return decimalAs(kind, value);
    case "bytes":
      return value instanceof Uint8Array ? value : undefined;
    case "date":
      return value instanceof Date ? value : undefined;
    default:
      return typeof value === JAVASCRIPT[kind.kind] ? value : undefined;
  }
}

const JAVASCRIPT = { double: "number", string: "string", enum: "string", boolean: "boolean" } as const;

/** The field may have been an int when the event was appended, or be one still. */
function longOf(value: Value): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function decimalAs(kind: Extract<Kind, { readonly kind: "decimal" }>, value: Value): Value | undefined {
  const text = value instanceof Decimal ? value.text : value;
  if (typeof text !== "string" || !/^-?\d+(\.\d+)?$/.test(text) || scaleOf(text) > kind.scale) return undefined;
  return storedDecimal(new Big(text), kind);
}

function decimalOf(value: Value): Decimal {
  return value instanceof Decimal ? value : new Decimal(textOf(value));
}

function placeIn(symbols: readonly string[], value: Value): number {
  return typeof value === "string" ? symbols.indexOf(value) : -1;
}

function comparable(value: Value): number | bigint {
  return typeof value === "bigint" ? value : Number(value);
}

function compareDoubles(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === b) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return a < b ? -1 : 1;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text);
}
