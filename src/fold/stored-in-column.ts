import type { EventField, ValueType } from "../catalog/types.ts";
import type { Value } from "../model/value.ts";

type Convert = (value: Value) => Value;

/**
 * Turns a field's values into the stored form of its column, where that is a wider one: ints of a column of longs become
 * bigints. Undefined: they are in that form already.
 */
export function storedInColumn({ field, widerType }: EventField): Convert | undefined {
  return widerType && conversion(field.type.type, widerType);
}

function conversion(from: ValueType, to: ValueType): Convert | undefined {
  if (from.kind === "int" && to.kind === "long") return (value) => (typeof value === "number" ? BigInt(value) : value);
  if (from.kind === "array" && to.kind === "array") return eachOf(conversion(from.items.type, to.items.type));
  if (from.kind !== "map" || to.kind !== "map") return undefined;
  const convert = conversion(from.values.type, to.values.type);
  return convert && eachOf((entry) => (isEntry(entry) ? { ...entry, value: convert(entry["value"] ?? null) } : entry));
}

function eachOf(convert: Convert | undefined): Convert | undefined {
  return convert && ((value) => (isList(value) ? value.map(convert) : value));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isEntry(value: Value): value is { readonly [field: string]: Value } {
  return typeof value === "object" && value !== null && "key" in value;
}
