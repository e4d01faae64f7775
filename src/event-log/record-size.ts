import { EventQLError } from "../errors.ts";
import type { Headers } from "../model/event.ts";
import { textBytes } from "../model/short-text.ts";

/** The largest record batch that a topic takes unless it is set otherwise, in bytes: Kafka's `max.message.bytes`. */
export const DEFAULT_MAX_BYTES = 1_048_588;

/** What a Kafka record batch needs beside its records, in bytes. */
export const BATCH_OVERHEAD = 61;

const RECORD_OVERHEAD = 36;
const HEADER_OVERHEAD = 10;

/** An upper bound of a record's size on the wire, in bytes: its parts, and each length at its longest. */
export function recordBytes(key: Uint8Array | string | null, value: Uint8Array | null, headers: Headers): number {
  const keyBytes = key === null ? 0 : typeof key === "string" ? textBytes(key) : key.length;
  let bytes = RECORD_OVERHEAD + keyBytes + (value?.length ?? 0);
  for (const name of Object.keys(headers)) bytes += HEADER_OVERHEAD + textBytes(name) + textBytes(headers[name] ?? "");
  return bytes;
}

/** The error for a record that no batch of its topic can hold. */
export function tooLarge(topic: string, bytes: number, maxBytes: number): EventQLError {
  return new EventQLError(
    "EVENT_TOO_LARGE",
    `The record of ${bytes} bytes, and what a batch adds to it, is larger than topic "${topic}" takes (${maxBytes} bytes): make it smaller, or raise the topic's max.message.bytes.`,
    { details: { topic, bytes, maxBytes } },
  );
}
