import type { ScalarKind } from "../catalog/scalar-kind.ts";
import type { ScalarValueType } from "../graphql/types/scalar-codec.ts";

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** Where a number becomes an infinity as a float of 32 bits: halfway to what would be the next power of two. */
const FLOAT_BOUND = 2 ** 128 - 2 ** 103;

const HOURS = String.raw`([01]\d|2[0-3])`;
const TIME = String.raw`${HOURS}:[0-5]\d:[0-5]\d`;
const DATE = String.raw`\d{4}-\d\d-\d\d`;
const OFFSET = String.raw`([Zz]|[+-]${HOURS}:[0-5]\d)`;
const MILLIS = String.raw`(\.\d{1,3}0{0,3})?`;
const MICROS = String.raw`(\.\d{1,6})?`;
const HEX = "[0-9a-fA-F]";

const BASE64 = "(?:[A-Za-z0-9+/]{4})";

const SCHEMAS: Readonly<Record<ScalarKind, JsonSchema>> = {
  null: { type: "null" },
  boolean: { type: "boolean" },
  int: { type: "integer", format: "int32", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  long: {
    type: ["integer", "string"],
    format: "int64",
    minimum: -MAX_SAFE,
    maximum: MAX_SAFE,
    pattern: String.raw`^-?\d{1,19}$`,
  },
  float: { type: "number", format: "float", exclusiveMinimum: -FLOAT_BOUND, exclusiveMaximum: FLOAT_BOUND },
  double: { type: "number", format: "double" },
  string: { type: "string" },
  bytes: {
    type: "string",
    contentEncoding: "base64",
    pattern: `^${BASE64}*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`,
  },
  uuid: { type: "string", format: "uuid", pattern: `^${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}$` },
  date: { type: "string", format: "date" },
  "time-millis": { type: "string", format: "time-local", pattern: `^${TIME}${MILLIS}$` },
  "time-micros": { type: "string", format: "time-local", pattern: `^${TIME}${MICROS}$` },
  "timestamp-millis": { type: "string", format: "date-time", pattern: `^${DATE}[Tt ]${TIME}${MILLIS}${OFFSET}$` },
  "timestamp-micros": { type: "string", format: "date-time", pattern: `^${DATE}[Tt ]${TIME}${MICROS}${OFFSET}$` },
  "local-timestamp-millis": {
    type: "string",
    format: "date-time-local",
    pattern: `^${DATE}[Tt ]${TIME}${MILLIS}$`,
  },
  "local-timestamp-micros": {
    type: "string",
    format: "date-time-local",
    pattern: `^${DATE}[Tt ]${TIME}${MICROS}$`,
  },
};

/** The JSON Schema of a scalar as a route takes it. */
export function scalarInput(type: ScalarValueType): JsonSchema {
  if (type.kind === "fixed") return fixed(type.size);
  return type.kind === "decimal" ? decimalInput(type.precision, type.scale) : SCHEMAS[type.kind];
}

/** The JSON Schema of a scalar as a route answers it. */
export function scalarOutput(type: ScalarValueType): JsonSchema {
  if (type.kind === "decimal") return { type: "string", format: "decimal" };
  if (type.kind === "float") return SCHEMAS.double;
  const { pattern: _pattern, ...schema } = scalarInput(type);
  return type.kind === "long" ? { ...schema, description: LONG } : schema;
}

const LONG = "A number up to 2^53, beyond it a text.";

function fixed(size: number): JsonSchema {
  const rest = ["", "[A-Za-z0-9+/]{2}==", "[A-Za-z0-9+/]{3}="][size % 3] ?? "";
  return { type: "string", contentEncoding: "base64", pattern: `^${BASE64}{${Math.floor(size / 3)}}${rest}$` };
}

function decimalInput(precision: number, scale: number): JsonSchema {
  const whole = precision - scale;
  const digits = whole === 0 ? "0+" : String.raw`0*\d{1,${whole}}`;
  const fraction = scale === 0 ? String.raw`(\.0+)?` : String.raw`(\.\d{1,${scale}}0*)?`;
  const bound = whole >= 16 ? MAX_SAFE : 10 ** whole - 1;
  return {
    type: ["string", "integer"],
    format: "decimal",
    pattern: `^[+-]?${digits}${fraction}$`,
    minimum: -bound,
    maximum: bound,
  };
}
