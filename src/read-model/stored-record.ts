import type { Headers, LogRecord } from "../model/event.ts";
import type { Value } from "../model/value.ts";
import type { StoredDocument } from "./read-model.ts";

/** The stored form of headers: a list of names and texts, since names may have dots in them. */
export function storedHeaders(headers: Headers): Value {
  return Object.entries(headers).map(([key, value]) => ({ key, value }));
}

/** Reads back what {@link storedHeaders} made. */
export function headersOf(stored: unknown): Headers {
  if (!Array.isArray(stored)) return {};
  return Object.fromEntries(
    stored.flatMap((header: unknown) => (isHeader(header) ? [[header.key, header.value]] : [])),
  );
}

/** The fields of a document that keep a record as it is. */
export function storedRecord({
  topic,
  partition,
  offset,
  key,
  value,
  headers,
  timestamp,
}: LogRecord): Omit<StoredDocument, "_id"> {
  const headerList = storedHeaders(headers);
  return { topic, partition, offset, key, value, headers: headerList, timestamp: new Date(timestamp) };
}

/** Reads back what {@link storedRecord} made; undefined where it is something else. */
export function recordOf(stored: StoredDocument): LogRecord | undefined {
  const { topic, partition, offset, key = null, value = null, timestamp } = stored;
  if (typeof topic !== "string" || typeof partition !== "number" || typeof offset !== "number") return undefined;
  if (!isBytes(key) || !isBytes(value) || !(timestamp instanceof Date)) return undefined;
  const headers = headersOf(stored["headers"]);
  return { topic, partition, offset, timestamp: timestamp.getTime(), key, value, headers };
}

function isBytes(value: unknown): value is Uint8Array | null {
  return value === null || value instanceof Uint8Array;
}

function isHeader(header: unknown): header is { readonly key: string; readonly value: string } {
  return (
    typeof header === "object" &&
    header !== null &&
    "key" in header &&
    typeof header.key === "string" &&
    "value" in header &&
    typeof header.value === "string"
  );
}
