import type { TypeRef, ValueType } from "../../../catalog/types.ts";
import type { Value } from "../../../model/value.ts";

/** An integer as a key spells it: no sign but `-`, no zeros before it. */
const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;

const INT_MAX = 2n ** 31n - 1n;
const LONG_MAX = 2n ** 63n - 1n;

/** The keys that a referencing column holds, in its order: one, or those of a list; null is none. */
export function keysIn(stored: Value | undefined): readonly string[] {
  return isList(stored) ? stored.flatMap(keyOf) : keyOf(stored ?? null);
}

/** How a referencing column stores keys; those that it can't store are left out. */
export function valuesOfKeys({ type }: TypeRef, keys: readonly string[]): readonly Value[] {
  const element = elementType(type);
  if (!isInteger(element)) return keys;
  const integers = integersOf(keys);
  if (element.kind === "long") return integers;
  return integers.filter((value) => value <= INT_MAX && value >= -INT_MAX - 1n).map(Number);
}

/** The keys that are integers of 64 bits, as such: no others are in a column of integers. */
export function integersOf(keys: readonly string[]): readonly bigint[] {
  return keys.flatMap((key) => {
    const value = INTEGER.test(key) ? BigInt(key) : undefined;
    return value === undefined || value > LONG_MAX || value < -LONG_MAX - 1n ? [] : [value];
  });
}

/** Whether a referencing column holds its keys as numbers. */
export function holdsNumbers({ type }: TypeRef): boolean {
  return isInteger(elementType(type));
}

function elementType(type: ValueType): ValueType {
  return type.kind === "array" ? type.items.type : type;
}

function isInteger({ kind }: ValueType): boolean {
  return kind === "int" || kind === "long";
}

function keyOf(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "number" || typeof value === "bigint" ? [String(value)] : [];
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
