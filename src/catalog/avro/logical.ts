import type { Logical, PrimitiveName, SimpleLogical } from "./node.ts";

const SIMPLE: Readonly<Record<SimpleLogical, PrimitiveName>> = {
  uuid: "string",
  date: "int",
  "time-millis": "int",
  "time-micros": "long",
  "timestamp-millis": "long",
  "timestamp-micros": "long",
  "local-timestamp-millis": "long",
  "local-timestamp-micros": "long",
};

/** The attributes of a schema that make a logical type. */
export type LogicalAttributes = Readonly<Record<string, unknown>>;

/** The logical type of a primitive, or undefined where it is none, unknown, or wrong there. */
export function logicalOf(type: PrimitiveName, attributes: LogicalAttributes): Logical | undefined {
  const { logicalType } = attributes;
  if (logicalType === "decimal") return type === "bytes" ? decimalOf(attributes, undefined) : undefined;
  return isSimple(logicalType) && SIMPLE[logicalType] === type ? { name: logicalType } : undefined;
}

/** The logical type of a fixed of `size` bytes. */
export function logicalOfFixed(size: number, attributes: LogicalAttributes): Logical | undefined {
  const { logicalType } = attributes;
  if (logicalType === "decimal") return decimalOf(attributes, size);
  return logicalType === "uuid" && size === 16 ? { name: "uuid" } : undefined;
}

function isSimple(name: unknown): name is SimpleLogical {
  return typeof name === "string" && Object.hasOwn(SIMPLE, name);
}

function decimalOf({ precision, scale = 0 }: LogicalAttributes, size: number | undefined): Logical | undefined {
  if (!isCount(precision) || !isCount(scale) || precision === 0 || scale > precision) return undefined;
  const fits = size === undefined || precision <= Math.floor(Math.log10(2) * (8 * size - 1));
  return fits ? { name: "decimal", precision, scale } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
