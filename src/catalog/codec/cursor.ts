import { EventQLError } from "../../errors.ts";
import { narrow } from "../avro/temporal.ts";

/** Items that take no bytes (nulls, empty records) which a message may claim to have: nothing else bounds them. */
const ZERO_SIZE_ITEMS = 65_536;

/** How deep a type may stand in itself: documents can't be nested without end (MongoDB's bound is 100 levels). */
export const RECURSION_DEPTH = 40;

/** A place in a message's bytes. Every read checks its bounds. */
export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  position = 0;
  end = 0;
  #depth = 0;
  #zeroSizeItems = 0;

  /** Begins a message at an offset. */
  start(bytes: Uint8Array, offset: number): void {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.position = offset;
    this.end = bytes.length;
    this.#depth = 0;
    this.#zeroSizeItems = 0;
  }

  /** Passes `length` bytes; returns where they begin. */
  take(length: number): number {
    const begin = this.position;
    if (length > this.end - begin) throw truncated();
    this.position = begin + length;
    return begin;
  }

  /** Enters a type that may stand in itself. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > RECURSION_DEPTH) throw malformed(`it is nested more than ${RECURSION_DEPTH} levels deep`);
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Refuses a count of items that the bytes which are left can't hold. */
  expectItems(count: number, minSize: number): void {
    if (minSize > 0) {
      if (count * minSize > this.end - this.position) throw truncated();
      return;
    }
    this.#zeroSizeItems += count;
    if (this.#zeroSizeItems > ZERO_SIZE_ITEMS) throw malformed(`it has more than ${ZERO_SIZE_ITEMS} empty items`);
  }
}

/** Reads a zigzag varint of 32 bits. */
export function readInt(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let position = cursor.position;
  let bits = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (position >= end) throw truncated();
    const byte = bytes[position] ?? 0;
    position += 1;
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (shift === 28 && byte > 0x0f) break;
      cursor.position = position;
      return (bits >>> 1) ^ -(bits & 1);
    }
  }
  throw malformed("an int has more than 32 bits");
}

/** Reads a zigzag varint of 64 bits, exactly. */
export function readLong(cursor: Cursor): number | bigint {
  const { bytes, end } = cursor;
  const begin = cursor.position;
  let low = 0;
  let high = 0;
  for (let index = 0; index < 8; index += 1) {
    if (begin + index >= end) throw truncated();
    const byte = bytes[begin + index] ?? 0;
    if (index < 4) low |= (byte & 0x7f) << (7 * index);
    else high |= (byte & 0x7f) << (7 * (index - 4));
    if (byte < 0x80) {
      // 56 bits: halved, the lower 28 and the upper ones add up exactly while the sum is a safe integer.
      const half = high * 0x800_0000 + (low >>> 1);
      const value = low & 1 ? -half - 1 : half;
      if (!Number.isSafeInteger(value)) break;
      cursor.position = begin + index + 1;
      return value;
    }
  }
  return readWideLong(cursor);
}

function readWideLong(cursor: Cursor): number | bigint {
  const { bytes, end } = cursor;
  let bits = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (cursor.position >= end) throw truncated();
    const byte = bytes[cursor.position] ?? 0;
    cursor.position += 1;
    bits |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (bits >= 1n << 64n) break;
      return narrow((bits >> 1n) ^ -(bits & 1n));
    }
  }
  throw malformed("a long has more than 64 bits");
}

/** Reads a count or a length: not negative, and no larger than a message can be. */
export function readSize(cursor: Cursor): number {
  const size = readInt(cursor);
  if (size < 0) throw malformed("a length is negative");
  return size;
}

/** Reads the count of a block's items; 0 ends the list. */
export function readBlockCount(cursor: Cursor): number {
  const count = readLong(cursor);
  if (typeof count === "bigint") throw truncated();
  if (count >= 0) return count;
  readLong(cursor);
  return -count;
}

/** The error of bytes that are no event, in words that follow "The event is not valid: ". */
export function malformed(what: string): EventQLError {
  return new EventQLError("EVENT_INVALID", what);
}

function truncated(): EventQLError {
  return malformed("its bytes end too early");
}
