import { Decimal } from "../../model/decimal.ts";

/**
 * A value as text, in which equal values are equal and different ones differ: JSON with sorted names, and with values
 * marked that JSON has no form of.
 */
export function canonicalText(value: unknown): string {
  if (typeof value === "bigint") return `n${value}`;
  if (typeof value === "number") return String(value);
  if (value === undefined) return "u";
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "u";
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Uint8Array) return `b"${Buffer.from(value).toString("base64")}"`;
  if (value instanceof Decimal) return `m${value.text}`;
  if (value instanceof RegExp) return `r${JSON.stringify(String(value))}`;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalText(inner)}`)
    .join()}}`;
}
