import { Decimal } from "../../model/decimal.ts";
import type { Value } from "../../model/value.ts";
import { bytesOfBigint, digitsOf, unscaledOf } from "../avro/decimal.ts";
import type { DecimalLogical, FixedNode, PrimitiveNode } from "../avro/node.ts";
import { DAY_MS } from "../avro/temporal.ts";
import { bytesOfUuid, isUuid } from "../avro/uuid.ts";
import type { Sink } from "./sink.ts";

/** Writes a value; returns false, having written nothing, where it isn't one of the type. */
export type TryWrite = (sink: Sink, value: Value) => boolean;

/** The writer of a primitive. */
export function primitiveWriter({ type, logical }: PrimitiveNode): TryWrite {
  switch (logical?.name) {
    case undefined:
      return PLAIN[type];
    case "decimal":
      return decimalWriter(logical);
    case "uuid":
      return (sink, value) => typeof value === "string" && isUuid(value) && PLAIN.string(sink, value);
    case "date":
      return dateWriter;
    case "timestamp-millis":
    case "local-timestamp-millis":
      return (sink, value) => value instanceof Date && PLAIN.long(sink, value.getTime());
    case "time-millis":
      return timeWriter(DAY_MS, PLAIN.int);
    case "time-micros":
      return timeWriter(DAY_MS * 1000, PLAIN.long);
    case "timestamp-micros":
    case "local-timestamp-micros":
      return PLAIN.long;
  }
}

/** The writer of a fixed. */
export function fixedWriter({ size, logical }: FixedNode): TryWrite {
  if (logical?.name === "decimal") return decimalWriter(logical, size);
  if (logical?.name === "uuid") {
    return (sink, value) => {
      if (typeof value !== "string" || !isUuid(value)) return false;
      sink.raw(bytesOfUuid(value));
      return true;
    };
  }
  return (sink, value) => {
    if (!(value instanceof Uint8Array) || value.length !== size) return false;
    sink.raw(value);
    return true;
  };
}

const LONG_MAX = 2n ** 63n - 1n;

const PLAIN: Readonly<Record<PrimitiveNode["type"], TryWrite>> = {
  null: (_sink, value) => value === null,
  boolean(sink, value) {
    if (typeof value !== "boolean") return false;
    sink.byte(Number(value));
    return true;
  },
  int(sink, value) {
    if (typeof value !== "number" || (value | 0) !== value) return false;
    sink.long(value);
    return true;
  },
  long(sink, value) {
    const whole =
      typeof value === "bigint" ? value <= LONG_MAX && value >= -LONG_MAX - 1n : Number.isSafeInteger(value);
    if (!whole || (typeof value !== "number" && typeof value !== "bigint")) return false;
    sink.long(value);
    return true;
  },
  float(sink, value) {
    if (typeof value !== "number") return false;
    sink.float(value);
    return true;
  },
  double(sink, value) {
    if (typeof value !== "number") return false;
    sink.double(value);
    return true;
  },
  bytes(sink, value) {
    if (!(value instanceof Uint8Array)) return false;
    sink.long(value.length);
    sink.raw(value);
    return true;
  },
  string(sink, value) {
    // Half of a surrogate pair has no UTF-8: it would come back as another character.
    if (typeof value !== "string" || !value.isWellFormed()) return false;
    sink.string(value);
    return true;
  },
};

function dateWriter(sink: Sink, value: Value): boolean {
  if (!(value instanceof Date)) return false;
  const days = value.getTime() / DAY_MS;
  return PLAIN.int(sink, days);
}

function timeWriter(end: number, write: TryWrite): TryWrite {
  return (sink, value) =>
    (typeof value === "number" || typeof value === "bigint") && value >= 0 && value < end && write(sink, value);
}

function decimalWriter({ precision, scale }: DecimalLogical, size?: number): TryWrite {
  return (sink, value) => {
    const text = value instanceof Decimal ? value.text : value;
    const unscaled = typeof text === "string" ? unscaledOf(text, scale) : undefined;
    if (unscaled === undefined || digitsOf(unscaled) > precision) return false;
    const bytes = bytesOfBigint(unscaled, size);
    if (bytes === undefined) return false;
    if (size === undefined) sink.long(bytes.length);
    sink.raw(bytes);
    return true;
  };
}
