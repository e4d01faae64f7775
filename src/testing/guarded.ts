import { Decimal } from "../model/decimal.ts";
import type { Payload, Value } from "../model/value.ts";

/** A copy that a rule can't change: one that tries to throws. Fields that are undefined are left out. */
export function guarded(fields: Payload): Payload {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.freeze(Object.fromEntries(present.map(([name, value]) => [name, guardedValue(value)])));
}

function guardedValue(value: Value): Value {
  if (typeof value !== "object" || value === null || value instanceof Decimal) return value;
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return isList(value) ? Object.freeze(value.map(guardedValue)) : guarded(value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
