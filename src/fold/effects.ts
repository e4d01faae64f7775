import { isDeepStrictEqual } from "node:util";
import { Big } from "big.js";
import { EventQLError } from "../errors.ts";
import type { FieldEffect, ValueType } from "../catalog/types.ts";
import type { Value } from "../model/value.ts";

/**
 * Combines a column's value with a field's. `undefined` is a column that isn't there yet. A list given as `current` may
 * be changed in place: it belongs to the caller's working copy.
 * @throws EventQLError `EVENT_INVALID` where the two can't be combined.
 */
export type Effect = (current: Value | undefined, value: Value) => Value;

/**
 * The function of a field's effect. As in MongoDB's update operators, which people know: an absent column counts as 0
 * for `add` and `multiply`, and takes the value for `min` and `max`; a null value changes nothing, except by `set`.
 */
export function effectOf(effect: FieldEffect, type: ValueType): Effect {
  switch (effect) {
    case "set":
      return (_current, value) => value;
    case "add":
      return ignoringNull(type.kind === "decimal" ? decimal(type.scale, addition) : arithmetic(type, addition));
    case "multiply":
      return ignoringNull(
        type.kind === "decimal" ? decimal(type.scale, multiplication) : arithmetic(type, multiplication),
      );
    case "min":
      return ignoringNull(extreme(type, -1));
    case "max":
      return ignoringNull(extreme(type, 1));
    case "append":
      return type.kind === "array" ? appendAll : ignoringNull((current, value) => appendAll(current, [value]));
    case "remove":
      return type.kind === "array" ? removeAll : ignoringNull((current, value) => removeAll(current, [value]));
  }
}

function ignoringNull(effect: (current: Value | undefined, value: NonNullable<Value>) => Value): Effect {
  return (current, value) => (value === null ? (current ?? null) : effect(current ?? undefined, value));
}

interface Operation {
  readonly number: (a: number, b: number) => number;
  readonly bigint: (a: bigint, b: bigint) => bigint;
  readonly decimal: (a: Big, b: Big) => Big;
}

const addition: Operation = { number: (a, b) => a + b, bigint: (a, b) => a + b, decimal: (a, b) => a.plus(b) };
const multiplication: Operation = { number: (a, b) => a * b, bigint: (a, b) => a * b, decimal: (a, b) => a.times(b) };

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** Whole numbers stay exact beyond 2⁵³; one that leaves Avro's 64 bits is an error, never a wrap-around. */
function arithmetic(type: ValueType, operation: Operation): Effect {
  const fractional = type.kind === "float" || type.kind === "double";
  return (current, value) => {
    const base = current ?? 0;
    if (typeof base === "number" && typeof value === "number") {
      const result = operation.number(base, value);
      if (fractional || Number.isSafeInteger(result)) return result;
    }
    if (!isInteger(base) || !isInteger(value)) throw mismatch(type, base, value);
    const result = operation.bigint(BigInt(base), BigInt(value));
    if (result < LONG_MIN || result > LONG_MAX) {
      throw new EventQLError(
        "EVENT_INVALID",
        "The result does not fit into 64 bits: correct the event, or use a double.",
      );
    }
    return narrow(result);
  };
}

function isInteger(value: Value): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Decimals keep their schema's scale: what a product has beyond it is rounded half to even, as IEEE 754 has it. */
function decimal(scale: number, operation: Operation): Effect {
  return (current, value) => {
    const base = current ?? "0";
    if (typeof base !== "string" || typeof value !== "string") throw mismatch({ kind: "decimal" }, base, value);
    return operation.decimal(new Big(base), new Big(value)).toFixed(scale, Big.roundHalfEven);
  };
}

function extreme(type: ValueType, sign: -1 | 1): Effect {
  return (current, value) => {
    if (current === undefined || current === null) return value;
    return compare(type, value, current) * sign > 0 ? value : current;
  };
}

function compare(type: ValueType, a: Value, b: Value): number {
  if (type.kind === "decimal" && typeof a === "string" && typeof b === "string") return new Big(a).cmp(b);
  if (isOrdered(a) && isOrdered(b)) return a < b ? -1 : Number(a > b);
  throw mismatch(type, b, a);
}

function isOrdered(value: Value): value is number | bigint | string | Date {
  return ["number", "bigint", "string"].includes(typeof value) || value instanceof Date;
}

function appendAll(current: Value | undefined, values: Value): Value {
  const list = listOf(current);
  for (const value of listOf(values)) list.push(value);
  return list;
}

function removeAll(current: Value | undefined, values: Value): Value {
  const removed = listOf(values);
  return listOf(current).filter((item) => !removed.some((value) => isDeepStrictEqual(item, value)));
}

function listOf(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value;
  throw new EventQLError("EVENT_INVALID", "The column holds no list: rebuild the projection, or correct the effect.");
}

function isList(value: Value): value is Value[] {
  return Array.isArray(value);
}

function mismatch(type: Pick<ValueType, "kind">, current: Value, value: Value): EventQLError {
  const kinds = `${typeof current} and ${typeof value}`;
  return new EventQLError("EVENT_INVALID", `Values of types ${kinds} can't be combined as ${type.kind}.`);
}
