import { GraphQLBoolean, GraphQLFloat, GraphQLInt, type GraphQLScalarType, GraphQLString } from "graphql";
import type { ScalarKind } from "../../catalog/scalar-kind.ts";
import type { EnumType, RecordType, UnionType, ValueType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import { Decimal, isStoredAsDecimal } from "../../model/decimal.ts";
import type { Value } from "../../model/value.ts";
import { fitDecimal } from "./decimal.ts";
import {
  Base64Scalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  LocalDateTimeScalar,
  LongScalar,
  NullScalar,
  TimeScalar,
  UUIDScalar,
} from "./scalars.ts";
import { formatMicros, formatTime } from "./temporal.ts";

/** Says that a value doesn't fit, and stands in for it. */
type Reject = (reason: string) => Value;

/** The types that a GraphQL scalar shows. */
export type ScalarValueType = Exclude<ValueType, EnumType | RecordType | UnionType | { kind: "array" | "map" }>;

/** What filters may compare of a scalar: everything, by order, only whether it is equal, or nothing. */
export type Comparability = "text" | "ordered" | "equal" | "boolean" | "none";

/** How a scalar goes between GraphQL and the stored form. */
export interface ScalarCodec {
  readonly scalar: GraphQLScalarType;
  readonly comparability: Comparability;
  /** From the stored form to what the scalar writes. @throws EventQLError `VALUE_UNREPRESENTABLE`. */
  toExternal(stored: Value): unknown;
  /** From what the scalar has parsed to the stored form. */
  toStored(parsed: unknown, reject: Reject): Value;
}

/** The codec of a type. */
export function scalarCodec(type: ScalarValueType): ScalarCodec {
  if (type.kind === "fixed") return fixedCodec(type.size);
  if (type.kind === "decimal") return decimalCodec(type.precision, type.scale);
  return CODECS[type.kind];
}

/** The name of the input that filters by a scalar's values: of decimals, those of very many digits have one of their own. */
export function filterNameOf({ scalar, comparability }: ScalarCodec): string {
  return `${scalar.name}${scalar === DecimalScalar && comparability === "equal" ? "Equality" : ""}Filter`;
}

const LONG: ScalarCodec = {
  scalar: LongScalar,
  comparability: "ordered",
  toExternal: String,
  toStored: (parsed, reject) => (typeof parsed === "bigint" ? parsed : reject("isn't a Long")),
};

const FLOAT: ScalarCodec = {
  scalar: GraphQLFloat,
  comparability: "ordered",
  toExternal: finite,
  toStored: (parsed, reject) => (typeof parsed === "number" ? parsed : reject("isn't a Float")),
};

const BASE64: ScalarCodec = {
  scalar: Base64Scalar,
  comparability: "equal",
  toExternal: (stored) => (stored instanceof Uint8Array ? Buffer.from(stored).toString("base64") : misfit("bytes")),
  toStored: (parsed, reject) => (parsed instanceof Uint8Array ? parsed : reject("isn't Base64")),
};

const CODECS: Readonly<Record<ScalarKind, ScalarCodec>> = {
  null: { scalar: NullScalar, comparability: "none", toExternal: () => null, toStored: () => null },
  boolean: {
    scalar: GraphQLBoolean,
    comparability: "boolean",
    toExternal: (stored) => stored,
    toStored: (parsed, reject) => (typeof parsed === "boolean" ? parsed : reject("isn't a Boolean")),
  },
  int: {
    scalar: GraphQLInt,
    comparability: "ordered",
    toExternal: (stored) => stored,
    toStored: (parsed, reject) => (typeof parsed === "number" ? parsed : reject("isn't an Int")),
  },
  long: LONG,
  float: {
    ...FLOAT,
    toStored: (parsed, reject) =>
      typeof parsed === "number" && Number.isFinite(Math.fround(parsed))
        ? Math.fround(parsed)
        : reject("is beyond a float of 32 bits"),
  },
  double: FLOAT,
  string: textCodec(GraphQLString, "text"),
  uuid: textCodec(UUIDScalar, "equal"),
  bytes: BASE64,
  date: {
    scalar: DateScalar,
    comparability: "ordered",
    toExternal: (stored) => toIso(stored).replace(/T.*$/, ""),
    toStored: (parsed, reject) => (parsed instanceof Date ? parsed : reject("isn't a Date")),
  },
  "time-millis": {
    scalar: TimeScalar,
    comparability: "ordered",
    toExternal: (stored) => formatTime(Number(stored), 3) ?? misfit("a time of day"),
    toStored: (parsed, reject) =>
      typeof parsed === "number" && parsed % 1000 === 0 ? parsed / 1000 : reject(TOO_FINE),
  },
  "time-micros": {
    scalar: TimeScalar,
    comparability: "ordered",
    toExternal: (stored) => formatTime(Number(stored), 6) ?? misfit("a time of day"),
    toStored: (parsed, reject) => (typeof parsed === "number" ? BigInt(parsed) : reject("isn't a Time")),
  },
  "timestamp-millis": millisCodec(DateTimeScalar, ""),
  "timestamp-micros": microsCodec(DateTimeScalar, "Z"),
  "local-timestamp-millis": millisCodec(LocalDateTimeScalar, "Z"),
  "local-timestamp-micros": microsCodec(LocalDateTimeScalar, ""),
};

const TOO_FINE = "keeps milliseconds: give at most three digits after the second";

function textCodec(scalar: GraphQLScalarType, comparability: Comparability): ScalarCodec {
  return {
    scalar,
    comparability,
    toExternal: (stored) => stored,
    toStored: (parsed, reject) => (typeof parsed === "string" ? parsed : reject("isn't a text")),
  };
}

/** `drop` is the end of the ISO text that isn't shown. */
function millisCodec(scalar: GraphQLScalarType, drop: "" | "Z"): ScalarCodec {
  return {
    scalar,
    comparability: "ordered",
    toExternal: (stored) => toIso(stored).slice(0, drop === "" ? undefined : -1),
    toStored: (parsed, reject) =>
      typeof parsed === "bigint" && parsed % 1000n === 0n ? new Date(Number(parsed / 1000n)) : reject(TOO_FINE),
  };
}

function microsCodec(scalar: GraphQLScalarType, suffix: "" | "Z"): ScalarCodec {
  return {
    scalar,
    comparability: "ordered",
    toExternal: (stored) => `${formatMicros(wholeOf(stored)) ?? misfit("a time")}${suffix}`,
    toStored: (parsed, reject) => (typeof parsed === "bigint" ? parsed : reject("isn't a time")),
  };
}

function fixedCodec(size: number): ScalarCodec {
  return {
    ...BASE64,
    toStored: (parsed, reject) =>
      parsed instanceof Uint8Array && parsed.length === size ? parsed : reject(`must hold exactly ${size} bytes`),
  };
}

function decimalCodec(precision: number, scale: number): ScalarCodec {
  const isOrdered = isStoredAsDecimal(precision);
  return {
    scalar: DecimalScalar,
    comparability: isOrdered ? "ordered" : "equal",
    toExternal: decimalDigits,
    toStored: (parsed, reject) => {
      const text = typeof parsed === "string" ? fitDecimal(parsed, precision, scale) : undefined;
      if (text === undefined) return reject(`has at most ${precision} digits, ${scale} of them after the point`);
      return isOrdered ? new Decimal(text) : text;
    },
  };
}

/** MongoDB's Decimal128 has NaN and infinities, which are numbers here; sums may be integers. */
function decimalDigits(stored: Value): string {
  if (stored instanceof Decimal) return stored.text;
  return typeof stored === "string" || typeof stored === "bigint" ? String(stored) : String(Number(finite(stored)));
}

/** Documents of the time when the column was a long have bigints. */
function finite(stored: Value): Value {
  const number = typeof stored === "bigint" ? Number(stored) : stored;
  return typeof number === "number" && Number.isFinite(number) ? number : misfit("a finite number");
}

/** Documents of the time when the column was an int have numbers. */
function wholeOf(stored: Value): bigint {
  if (typeof stored === "bigint") return stored;
  return typeof stored === "number" && Number.isInteger(stored) ? BigInt(stored) : misfit("a whole number");
}

function toIso(stored: Value): string {
  return stored instanceof Date && !Number.isNaN(stored.getTime()) ? stored.toISOString() : misfit("a date");
}

function misfit(expected: string): never {
  throw new EventQLError(
    "VALUE_UNREPRESENTABLE",
    `The stored value isn't ${expected} that GraphQL can show: append an event that corrects it.`,
  );
}
