import type { ValueType } from "../../../catalog/types.ts";
import { EventQLError } from "../../../errors.ts";
import { Decimal } from "../../../model/decimal.ts";
import type { Value } from "../../../model/value.ts";
import type { AggregatePlan } from "../../plan.ts";

/** What documents are ordered by, in the stored form. */
export type KeyValue = null | boolean | number | bigint | string | Date | Decimal;

/** How the values of a key go into a cursor, which is JSON, and come back exactly as they were. */
export interface KeyPacking {
  /** @throws EventQLError `INTERNAL` for a value that nothing is ordered by. */
  pack(value: Value): unknown;
  /** Undefined for what {@link KeyPacking.pack} doesn't make of the key's values. */
  unpack(packed: unknown): KeyValue | undefined;
}

/** The packing of a column's values, by where it is stored. */
export function keyPacking({ columns }: AggregatePlan, path: string): KeyPacking {
  if (path === "_id") return { pack, unpack: unpackText };
  const type = columns.find(({ column }) => column.name === path)?.column.type.type;
  const unpack = type === undefined ? unpackNothing : UNPACK[kindOf(type)];
  return { pack, unpack: (packed) => (packed === null ? null : unpack(packed)) };
}

type Unpack = KeyPacking["unpack"];

/** Numbers that JSON has no form for. */
const UNUSUAL: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((number) => [String(number), number]),
);

const LONG = /^-?\d{1,19}$/;
const DECIMAL = /^-?\d{1,34}(?:\.\d{1,34})?$/;

function pack(value: Value): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint" || value instanceof Decimal) return String(value);
  if (value instanceof Date) return value.getTime();
  throw new EventQLError("INTERNAL", "A document has a value in its order that nothing is ordered by.");
}

const unpackNothing: Unpack = () => undefined;
const unpackText: Unpack = (packed) => (typeof packed === "string" ? packed : undefined);
/** A document of before may hold a bigint where a double would stand today. */
const unpackNumber: Unpack = (packed) =>
  typeof packed === "number" ? packed : (UNUSUAL.get(packed) ?? unpackLong(packed));
const unpackDate: Unpack = (packed) => {
  const date = new Date(typeof packed === "number" ? packed : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** A document of before may hold a number where a bigint would stand today. */
const unpackLong: Unpack = (packed) =>
  typeof packed === "string" && LONG.test(packed)
    ? BigInt.asIntN(64, BigInt(packed))
    : Number.isSafeInteger(packed) && typeof packed === "number"
      ? packed
      : undefined;

/** Decimals of many digits are stored, and told apart from others, as text: nothing is ordered by them. */
const unpackDecimal: Unpack = (packed) =>
  typeof packed === "string" && DECIMAL.test(packed) ? new Decimal(packed) : undefined;

const UNPACK = {
  number: unpackNumber,
  long: unpackLong,
  boolean: (packed) => (typeof packed === "boolean" ? packed : undefined),
  text: unpackText,
  date: unpackDate,
  decimal: unpackDecimal,
  none: unpackNothing,
} as const satisfies Readonly<Record<string, Unpack>>;

function kindOf({ kind }: ValueType): keyof typeof UNPACK {
  return KINDS[kind];
}

const KINDS: Readonly<Record<ValueType["kind"], keyof typeof UNPACK>> = {
  null: "none",
  boolean: "boolean",
  int: "number",
  float: "number",
  double: "number",
  long: "long",
  string: "text",
  uuid: "text",
  enum: "text",
  bytes: "none",
  fixed: "none",
  decimal: "decimal",
  date: "date",
  "time-millis": "number",
  "time-micros": "long",
  "timestamp-millis": "date",
  "timestamp-micros": "long",
  "local-timestamp-millis": "date",
  "local-timestamp-micros": "long",
  array: "none",
  map: "none",
  record: "none",
  union: "none",
};
