import type { RecordNode, SchemaNode } from "./schema-node.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object, neither null nor a list. */
export function isObject(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether a JSON value can be the default of a field of this type, as Avro's specification has it: bytes as text of code
 * points up to 255, and a union's default belongs to its first branch.
 */
export function fitsAsDefault(value: unknown, node: SchemaNode): boolean {
  switch (node.kind) {
    case "primitive":
      return PRIMITIVE_CHECKS[node.type](value);
    case "fixed":
      return isByteText(value) && value.length === node.size;
    case "enum":
      return typeof value === "string" && node.symbols.includes(value);
    case "array":
      return Array.isArray(value) && value.every((item) => fitsAsDefault(item, node.items));
    case "map":
      return isObject(value) && Object.values(value).every((item) => fitsAsDefault(item, node.values));
    case "union":
      return node.branches[0] !== undefined && fitsAsDefault(value, node.branches[0]);
    case "record":
      return isObject(value) && fitsRecord(value, node);
  }
}

function fitsRecord(value: Attributes, node: RecordNode): boolean {
  return node.fields.every(({ name, type, hasDefault }) =>
    Object.hasOwn(value, name) ? fitsAsDefault(value[name], type) : hasDefault,
  );
}

const isNumber = (value: unknown): boolean => typeof value === "number";

const PRIMITIVE_CHECKS = {
  null: (value: unknown): boolean => value === null,
  boolean: (value: unknown): boolean => typeof value === "boolean",
  int: (value: unknown): boolean => Number.isInteger(value) && isInt32(value),
  long: (value: unknown): boolean => Number.isInteger(value),
  float: isNumber,
  double: isNumber,
  bytes: isByteText,
  string: (value: unknown): boolean => typeof value === "string",
};

function isInt32(value: unknown): boolean {
  return typeof value === "number" && value >= -(2 ** 31) && value < 2 ** 31;
}

function isByteText(value: unknown): value is string {
  return typeof value === "string" && Array.from(value).every((char) => (char.codePointAt(0) ?? 256) < 256);
}
