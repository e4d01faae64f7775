import { Decimal } from "../../model/decimal.ts";

/**
 * A filter or a pipeline as plain JSON, as MongoDB's Extended JSON has it, so that it can be pasted into a shell.
 * Source: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
 */
export function extendedJson(value: unknown): unknown {
  if (typeof value === "bigint") return { $numberLong: String(value) };
  if (typeof value === "number") return Number.isFinite(value) ? value : { $numberDouble: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Decimal) return { $numberDecimal: value.text };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof RegExp) return { $regularExpression: { pattern: value.source, options: value.flags } };
  if (value instanceof Uint8Array) return { $binary: { base64: Buffer.from(value).toString("base64"), subType: "00" } };
  if (Array.isArray(value)) return value.map(extendedJson);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, extendedJson(inner)]));
}
