import { isDeepStrictEqual } from "node:util";
import { Big } from "big.js";
import { EventQLError } from "../errors.ts";
import type { FieldEffect, ValueType } from "../catalog/types.ts";
import { DECIMAL_DIGITS, Decimal, isStoredAsDecimal } from "../model/decimal.ts";
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
      return ignoringNull(type.kind === "decimal" ? decimal(type, addition) : arithmetic(type, addition));
    case "multiply":
      return ignoringNull(type.kind === "decimal" ? decimal(type, multiplication) : arithmetic(type, multiplication));
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

type DecimalType = Extract<ValueType, { readonly kind: "decimal" }>;

interface Operation {
  readonly number: (a: number, b: number) => number;
  readonly bigint: (a: bigint, b: bigint) => bigint;
  readonly decimal: (a: Big, b: Big) => Big;
}

const addition: Operation = { number: (a, b) => a + b, bigint: (a, b) => a + b, decimal: (a, b) => a.plus(b) };
const multiplication: Operation = { number: (a, b) => a * b, bigint: (a, b) => a * b, decimal: (a, b) => a.times(b) };

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** Sums of ints are longs: see `Column.type`. */
function arithmetic({ kind }: ValueType, operation: Operation): Effect {
  return kind === "float" || kind === "double" ? floating(kind, operation) : integral(kind, operation);
}

/** The column may hold a long of the time when it was one. */
function floating(kind: ValueType["kind"], operation: Operation): Effect {
  return (current, value) => {
    const base = typeof current === "bigint" ? Number(current) : (current ?? 0);
    if (typeof base !== "number" || typeof value !== "number") throw mismatch(kind, base, value);
    return operation.number(base, value);
  };
}

/** A result that leaves Avro's 64 bits is an error, never a wrap-around. */
function integral(kind: ValueType["kind"], operation: Operation): Effect {
  return (current, value) => {
    const base = current ?? 0n;
    if (!isInteger(base) || !isInteger(value)) throw mismatch(kind, base, value);
    const result = operation.bigint(BigInt(base), BigInt(value));
    if (result < LONG_MIN || result > LONG_MAX) throw overflow("64 bits: correct the event, or use a double");
    return result;
  };
}

function isInteger(value: Value): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
}

/** Decimals keep their schema's scale: what a product has beyond it is rounded half to even, as IEEE 754 has it. */
function decimal({ precision, scale }: DecimalType, operation: Operation): Effect {
  const exact = isStoredAsDecimal(precision);
  return (current, value) => {
    const [base, operand] = [decimalText(current ?? "0"), decimalText(value)];
    if (base === undefined || operand === undefined) throw mismatch("decimal", current ?? null, value);
    const text = operation.decimal(new Big(base), new Big(operand)).toFixed(scale, Big.roundHalfEven);
    const plain = /[1-9]/.test(text) ? text : text.replace("-", "");
    if (!exact) return plain;
    if (plain.replaceAll(/[-.]/g, "").replace(/^0+/, "").length > DECIMAL_DIGITS)
      throw overflow(`${DECIMAL_DIGITS} digits: correct the event, or use a decimal of more digits`);
    return new Decimal(plain);
  };
}

function decimalText(value: Value): string | undefined {
  if (value instanceof Decimal) return value.text;
  return typeof value === "string" ? value : undefined;
}

function extreme(type: ValueType, sign: -1 | 1): Effect {
  return (current, value) => {
    if (current === undefined || current === null) return value;
    return compare(type, value, current) * sign > 0 ? value : current;
  };
}

function compare({ kind }: ValueType, a: Value, b: Value): number {
  if (kind === "decimal") {
    const [first, second] = [decimalText(a), decimalText(b)];
    if (first !== undefined && second !== undefined) return new Big(first).cmp(second);
  } else if (isOrdered(a) && isOrdered(b)) return a < b ? -1 : Number(a > b);
  throw mismatch(kind, b, a);
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

function overflow(what: string): EventQLError {
  return new EventQLError("EVENT_INVALID", `The result does not fit into ${what}.`);
}

function mismatch(kind: ValueType["kind"], current: Value, value: Value): EventQLError {
  const kinds = `${typeof current} and ${typeof value}`;
  return new EventQLError("EVENT_INVALID", `Values of types ${kinds} can't be combined as ${kind}.`);
}
