import { Cursor, readLong, readSize } from "../../catalog/codec/cursor.ts";
import { Sink } from "../../catalog/codec/sink.ts";
import { EventQLError } from "../../errors.ts";
import { HEADER } from "../../model/event.ts";
import type { Output } from "../../model/output.ts";

/**
 * Outputs as bytes, in Avro's forms of longs and strings: the version, the texts that several of them share (topics, names
 * and values of headers), then each output. Most of an output's headers say what those of the others do.
 */
const VERSION = 1;

/** How many texts are shared at the most. */
const MAX_SHARED = 4_096;

/** Headers that each output has another value of. */
const OWN: ReadonlySet<string> = new Set([HEADER.id, HEADER.time, HEADER.traceparent]);

/** What stands before a text: it is shared from now on, or it is not; greater numbers are those of shared ones. */
const NEW = 0;
const ALONE = 1;
const FIRST = 2;

/** Packs outputs. */
export function packOutputs(outputs: readonly Output[]): Uint8Array {
  const texts = new Texts();
  const body = new Sink();
  for (const { topic, key, value, headers, offset } of outputs) {
    texts.write(body, topic);
    body.long(offset);
    body.string(key);
    body.long(value.length);
    body.raw(value);
    const names = Object.keys(headers);
    body.long(names.length);
    for (const name of names) {
      texts.write(body, name);
      texts.write(body, headers[name] ?? "", OWN.has(name));
    }
  }
  const packed = new Sink();
  packed.byte(VERSION);
  packed.long(outputs.length);
  packed.raw(body.result());
  return packed.result();
}

/** Unpacks what {@link packOutputs} made. @throws EventQLError `INTERNAL` for anything else. */
export function unpackOutputs(bytes: Uint8Array): readonly Output[] {
  if (bytes[0] !== VERSION)
    throw new EventQLError(
      "INTERNAL",
      `Stored outputs have the form ${bytes[0]}, not ${VERSION}: another version of EventQL wrote them.`,
    );
  const cursor = new Cursor();
  cursor.start(bytes, 1);
  const texts: string[] = [];
  return Array.from({ length: readSize(cursor) }, () => readOutput(cursor, texts));
}

function readOutput(cursor: Cursor, texts: string[]): Output {
  const topic = readText(cursor, texts);
  const offset = Number(readLong(cursor));
  const key = readString(cursor);
  const size = readSize(cursor);
  const at = cursor.take(size);
  const value = new Uint8Array(cursor.bytes.subarray(at, at + size));
  const headers: Record<string, string> = {};
  for (let left = readSize(cursor); left > 0; left -= 1) {
    const name = readText(cursor, texts);
    headers[name] = readText(cursor, texts);
  }
  return { topic, key, value, headers, offset };
}

/** Writes texts, those that were written before by their numbers. */
class Texts {
  readonly #numbers = new Map<string, number>();

  write(sink: Sink, text: string, isOwn = false): void {
    const number = isOwn ? undefined : this.#numbers.get(text);
    if (number !== undefined) return sink.long(number);
    const shares = !isOwn && this.#numbers.size < MAX_SHARED;
    if (shares) this.#numbers.set(text, this.#numbers.size + FIRST);
    sink.long(shares ? NEW : ALONE);
    sink.string(text);
  }
}

function readText(cursor: Cursor, texts: string[]): string {
  const number = readSize(cursor);
  if (number >= FIRST) return texts[number - FIRST] ?? "";
  const text = readString(cursor);
  if (number === NEW) texts.push(text);
  return text;
}

function readString(cursor: Cursor): string {
  const size = readSize(cursor);
  const at = cursor.take(size);
  return cursor.bytes.toString("utf8", at, at + size);
}
