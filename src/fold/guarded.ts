import type { ValueType } from "../catalog/types.ts";
import { Decimal } from "../model/decimal.ts";
import type { Value } from "../model/value.ts";

/** Makes of a stored value what a rule may be given: whatever the rule does with it, what is stored stays as it is. */
export type Guard = (value: Value) => Value;

/**
 * The guard of a type's values. Lists and objects are frozen, once, so that a rule which keeps a long list pays nothing for
 * it; where there are dates or bytes inside, which can't be frozen, they are copied.
 */
export function guardOf(type: ValueType): Guard {
  if (holdsUnfreezable(type, new Set())) return copied;
  return STRUCTURED.has(type.kind) ? frozen : same;
}

/** Whether the guard gives the value itself. */
export function givesItself(guard: Guard): boolean {
  return guard !== copied;
}

type Kinds = ReadonlySet<ValueType["kind"]>;

const STRUCTURED: Kinds = new Set<ValueType["kind"]>(["array", "map", "record", "union", "decimal"]);

/** Stored as dates, or as bytes. */
const UNFREEZABLE: Kinds = new Set<ValueType["kind"]>([
  "bytes",
  "fixed",
  "date",
  "timestamp-millis",
  "local-timestamp-millis",
]);

function holdsUnfreezable(type: ValueType, seen: Set<ValueType>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return UNFREEZABLE.has(type.kind) || partsOf(type).some((part) => holdsUnfreezable(part, seen));
}

function partsOf(type: ValueType): readonly ValueType[] {
  switch (type.kind) {
    case "array":
      return [type.items.type];
    case "map":
      return [type.values.type];
    case "record":
      return type.fields.map((field) => field.type.type);
    case "union":
      return type.branches.map((branch) => branch.type);
    default:
      return [];
  }
}

function same(value: Value): Value {
  return value;
}

function frozen(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

function copied(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Decimal) return frozen(value);
  return isList(value) ? value.map(copied) : copiedFields(value);
}

function copiedFields(value: { readonly [field: string]: Value }): Value {
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
