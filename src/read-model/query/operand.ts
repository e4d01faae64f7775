import { isPlainObject } from "./compare.ts";

/**
 * A bigint within a filter. mingo prints every filter as JSON, which fails on a bigint, but leaves instances of other
 * classes alone.
 */
class BigIntOperand {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }

  toJSON(): string {
    return String(this.value);
  }
}

/** A filter that mingo can hold: bigints wrapped, `undefined` fields dropped as MongoDB's driver does. */
export function wrapOperands(filter: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapFields(filter, wrapOperand);
}

/** An operand as it was before {@link wrapOperands}. */
export function unwrapOperand(value: unknown): unknown {
  return value instanceof BigIntOperand ? value.value : mapChildren(value, unwrapOperand);
}

function wrapOperand(value: unknown): unknown {
  if (typeof value === "bigint") return new BigIntOperand(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  return mapChildren(value, wrapOperand);
}

function mapChildren(value: unknown, map: (child: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  return isPlainObject(value) ? mapFields(value, map) : value;
}

function mapFields(
  fields: Readonly<Record<string, unknown>>,
  map: (child: unknown) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, child]) => child !== undefined);
  return Object.fromEntries(entries.map(([name, child]) => [name, map(child)]));
}
