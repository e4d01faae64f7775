import { isNumeric, isPlainObject } from "./compare.ts";
import { numericKey } from "./numeric.ts";

/** What values have in common that MongoDB counts as equal, and no others: a key for maps and sets. */
export function equalityKey(value: unknown): number | bigint | string {
  if (typeof value === "string") return `"${value}`;
  if (isNumeric(value)) return numericKey(value);
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString("base64")}`;
  if (Array.isArray(value)) return `[${value.map(keyWithin).join()}]`;
  return isPlainObject(value) ? `{${fieldKeys(value).join()}}` : typeof value;
}

/** The order of fields is part of a value. */
function fieldKeys(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${keyWithin(value)}`);
}

/** As text that can't be taken for another value's, wherever it stands. */
function keyWithin(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  const key = equalityKey(value);
  return typeof key === "string" ? key : `n${key}`;
}
