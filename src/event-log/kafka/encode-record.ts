import { textBytes, writeText } from "../../model/short-text.ts";

/** What kafkajs knows of a record when it encodes it. */
export interface RecordParts {
  readonly offsetDelta?: unknown;
  readonly timestampDelta?: unknown;
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: unknown;
}

/** What kafkajs takes for an encoded record: it copies `buffer`. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** Deltas from here on don't fit what is written here. */
const MAX_DELTA = 2 ** 30;

/** Attributes of a record, of which Kafka uses none yet. */
const ATTRIBUTES = 0;

/**
 * Encodes a record of a record batch, version 2, at once: kafkajs makes an encoder for each header and a buffer for each
 * length, which costs much more. Undefined: it has what only kafkajs can write.
 */
export function encodeRecord({
  offsetDelta = 0,
  timestampDelta = 0,
  key,
  value,
  headers = {},
}: RecordParts): EncodedRecord | undefined {
  if (!isDelta(offsetDelta) || !isDelta(timestampDelta) || !isField(key) || !isField(value)) return undefined;
  const texts = textsOf(headers);
  if (texts === undefined) return undefined;
  const sizes = texts.map(textBytes);
  const body = bodySize([offsetDelta, timestampDelta], [sizeOf(key), sizeOf(value)], sizes);
  const writer = new Writer(sizeOfVarInt(body) + body);
  writer.varInt(body);
  writer.byte(ATTRIBUTES);
  writer.varInt(timestampDelta);
  writer.varInt(offsetDelta);
  writer.field(key);
  writer.field(value);
  writer.varInt(texts.length / 2);
  for (const [index, text] of texts.entries()) writer.text(text, sizes[index] ?? 0);
  return { buf: writer.bytes, buffer: writer.bytes };
}

type Field = Buffer | string | null;

function isDelta(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MAX_DELTA;
}

function isField(value: unknown): value is Field {
  return value === null || typeof value === "string" || Buffer.isBuffer(value);
}

/** Names and values in turn; undefined: not all of them are texts. */
function textsOf(headers: unknown): readonly string[] | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const texts: string[] = [];
  for (const name of Object.keys(headers)) {
    const value: unknown = Reflect.get(headers, name);
    if (typeof value !== "string") return undefined;
    texts.push(name, value);
  }
  return texts;
}

function bodySize(deltas: readonly number[], fields: readonly number[], texts: readonly number[]): number {
  let size = 1 + sizeOfVarInt(texts.length / 2);
  for (const delta of deltas) size += sizeOfVarInt(delta);
  for (const length of fields) size += sizeOfVarInt(length) + Math.max(0, length);
  for (const length of texts) size += sizeOfVarInt(length) + length;
  return size;
}

/** -1: there is none. */
function sizeOf(field: Field): number {
  return field === null ? -1 : typeof field === "string" ? textBytes(field) : field.length;
}

function sizeOfVarInt(value: number): number {
  let bytes = 1;
  for (let bits = zigzag(value); bits > 0x7f; bits >>>= 7) bytes += 1;
  return bytes;
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

class Writer {
  readonly bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  byte(value: number): void {
    this.bytes[this.#at] = value;
    this.#at += 1;
  }

  varInt(value: number): void {
    let bits = zigzag(value);
    for (; bits > 0x7f; bits >>>= 7) this.byte((bits & 0x7f) | 0x80);
    this.byte(bits);
  }

  text(value: string, length: number): void {
    this.varInt(length);
    writeText(this.bytes, this.#at, value, length);
    this.#at += length;
  }

  field(value: Field): void {
    if (value === null) this.varInt(-1);
    else if (typeof value === "string") this.text(value, textBytes(value));
    else {
      this.varInt(value.length);
      this.#at += value.copy(this.bytes, this.#at);
    }
  }
}
