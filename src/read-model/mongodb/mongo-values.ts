import { Decimal128 } from "mongodb";
import { Decimal } from "../../model/decimal.ts";
import { decimal128Value, toDecimal128 } from "./decimal128-value.ts";

/**
 * Turns what the driver read into the stored form, in place: buffers become plain bytes, a Decimal128 a `Decimal`. The
 * driver is told to read 64-bit integers as bigints; most documents cost no more than a look at each field.
 */
export function toStoredForm<T extends object>(document: T): T {
  if (isFields(document)) convertFields(document);
  return document;
}

function convertFields(fields: Record<string, unknown>): void {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "object") {
      const converted = convert(value);
      if (converted !== value) fields[name] = converted;
    }
  }
}

function convert(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  // A copy, since the driver's buffer is a view that keeps the server's whole answer in memory.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Decimal128) return decimal128Value(value);
  if (Array.isArray(value)) convertItems(value);
  else if (isFields(value)) convertFields(value);
  return value;
}

function convertItems(items: unknown[]): void {
  for (let i = 0; i < items.length; i++) items[i] = convert(items[i]);
}

/**
 * What the driver is given for documents, filters and pipelines in the stored form: decimals as Decimal128. What has none
 * is given back as it is.
 */
export function toDriverForm<T extends object>(value: T): T;
export function toDriverForm(value: unknown): unknown;
export function toDriverForm(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Decimal) return toDecimal128(value);
  if (Array.isArray(value)) return listToDriver(value);
  return isPlain(value) ? fieldsToDriver(value) : value;
}

function listToDriver(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const converted = toDriverForm(items[i]);
    if (converted === items[i]) continue;
    copy ??= [...items];
    copy[i] = converted;
  }
  return copy ?? items;
}

function fieldsToDriver(fields: Readonly<Record<string, unknown>>): object {
  let copy: Record<string, unknown> | undefined;
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== "object") continue;
    const converted = toDriverForm(value);
    if (converted === value) continue;
    copy ??= { ...fields };
    copy[name] = converted;
  }
  return copy ?? fields;
}

/** Dates, bytes, patterns and the driver's own types aren't. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Any object that isn't of another kind: what the driver makes of a document. */
function isFields(value: object): value is Record<string, unknown> {
  return !Array.isArray(value);
}
