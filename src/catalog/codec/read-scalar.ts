import { bigintOfBytes, decimalValue, rescale } from "../avro/decimal.ts";
import type { DecimalLogical, FixedNode, Logical, PrimitiveName, PrimitiveNode } from "../avro/node.ts";
import { DAY_MS, dateOfMillis, microsOfMillis, millisOfMicros } from "../avro/temporal.ts";
import { uuidOfBytes } from "../avro/uuid.ts";
import { type Cursor, malformed, readInt, readLong, readSize } from "./cursor.ts";
import type { Value } from "../../model/value.ts";

/** Reads a value in its stored form. */
export type Read = (cursor: Cursor) => Value;

/** The reader of a primitive that was written as another one; undefined where Avro has no such promotion. */
export function scalarReader(writer: PrimitiveNode, reader: PrimitiveNode): Read | undefined {
  const promoted = PROMOTIONS[reader.type].includes(writer.type);
  if (!promoted) return undefined;
  if (isStoredAsBigint(writer, reader)) return writer.type === "int" ? readIntAsBigint : readBigint;
  const read = physicalReader(writer.type, reader.type);
  return reader.logical === undefined ? read : withLogical(read, writer.logical, reader.logical);
}

/** The reader of a fixed; undefined where the sizes differ. */
export function fixedReader(writer: FixedNode, reader: FixedNode): Read | undefined {
  if (writer.size !== reader.size) return undefined;
  const { size } = reader;
  const read: Read = (cursor) => copyBytes(cursor, size);
  return reader.logical === undefined ? read : withLogical(read, writer.logical, reader.logical);
}

const PROMOTIONS: Readonly<Record<PrimitiveName, readonly PrimitiveName[]>> = {
  null: ["null"],
  boolean: ["boolean"],
  int: ["int"],
  long: ["long", "int"],
  float: ["float", "long", "int"],
  double: ["double", "float", "long", "int"],
  bytes: ["bytes", "string"],
  string: ["string", "bytes"],
};

function physicalReader(writer: PrimitiveName, reader: PrimitiveName): Read {
  if (reader === "string") return readString;
  if (reader === "bytes") return readBytes;
  const wide = reader === "float" || reader === "double";
  return wide && writer === "long" ? (cursor) => Number(readLong(cursor)) : READERS[writer];
}

/** Whether what was written is the bigint that is stored, and not first made into another unit. */
function isStoredAsBigint(writer: PrimitiveNode, reader: PrimitiveNode): boolean {
  if (reader.type !== "long") return false;
  return reader.logical === undefined || (isMicros(reader.logical) && !isMillis(writer.logical));
}

function readBigint(cursor: Cursor): bigint {
  return BigInt(readLong(cursor));
}

function readIntAsBigint(cursor: Cursor): bigint {
  return BigInt(readInt(cursor));
}

const READERS: Readonly<Record<PrimitiveName, Read>> = {
  null: () => null,
  boolean: readBoolean,
  int: readInt,
  long: readLong,
  float: (cursor) => cursor.bytes.readFloatLE(cursor.take(4)),
  double: (cursor) => cursor.bytes.readDoubleLE(cursor.take(8)),
  bytes: readBytes,
  string: readString,
};

function readBoolean(cursor: Cursor): boolean {
  const byte = cursor.bytes[cursor.take(1)] ?? 0;
  if (byte > 1) throw malformed("a boolean is neither 0 nor 1");
  return byte === 1;
}

/** Reads a text. */
export function readString(cursor: Cursor): string {
  const length = readSize(cursor);
  const begin = cursor.take(length);
  return cursor.bytes.toString("utf8", begin, begin + length);
}

function readBytes(cursor: Cursor): Uint8Array {
  return copyBytes(cursor, readSize(cursor));
}

/** A copy: a part of the message would keep all of it in memory. */
function copyBytes(cursor: Cursor, length: number): Uint8Array {
  const begin = cursor.take(length);
  const copy = new Uint8Array(length);
  cursor.bytes.copy(copy, 0, begin, begin + length);
  return copy;
}

function withLogical(read: Read, writer: Logical | undefined, reader: Logical): Read {
  switch (reader.name) {
    case "uuid":
      return uuidReader(read);
    case "decimal":
      return decimalReader(read, reader, writer);
    case "date":
      return (cursor) => toDate(Number(read(cursor)) * DAY_MS);
    case "timestamp-millis":
    case "local-timestamp-millis":
      return millisReader(read, isMicros(writer));
    case "time-micros":
    case "timestamp-micros":
    case "local-timestamp-micros":
      return (cursor) => microsOfMillis(wholeOf(read(cursor)));
    case "time-millis":
      return read;
  }
}

function uuidReader(read: Read): Read {
  return (cursor) => {
    const value = read(cursor);
    return value instanceof Uint8Array ? uuidOfBytes(value) : value;
  };
}

function decimalReader(read: Read, reader: DecimalLogical, writer: Logical | undefined): Read {
  const from = writer?.name === "decimal" ? writer.scale : reader.scale;
  const maxBytes = reader.precision + 16;
  return (cursor) => {
    const bytes = read(cursor);
    if (!(bytes instanceof Uint8Array) || bytes.length > maxBytes) throw malformed("a decimal has too many digits");
    const unscaled = rescale(bigintOfBytes(bytes), from, reader.scale);
    if (unscaled === undefined) throw malformed(`a decimal has more than ${reader.scale} digits behind the point`);
    const value = decimalValue(unscaled, reader);
    if (value === undefined) throw malformed("a decimal has too many digits");
    return value;
  };
}

function millisReader(read: Read, fromMicros: boolean): Read {
  return (cursor) => {
    const value = wholeOf(read(cursor));
    return toDate(fromMicros ? millisOfMicros(value) : value);
  };
}

function toDate(millis: number | bigint): Date {
  const date = dateOfMillis(millis);
  if (date === undefined) throw malformed("a date is further from 1970 than 100,000,000 days");
  return date;
}

function wholeOf(value: Value): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw malformed("a time is no number");
}

function isMicros(logical: Logical | undefined): boolean {
  return logical?.name.endsWith("-micros") === true;
}

function isMillis(logical: Logical | undefined): boolean {
  return logical?.name.endsWith("-millis") === true;
}
