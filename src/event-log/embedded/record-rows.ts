import type { SQLOutputValue } from "node:sqlite";
import type { Headers, LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";

const NO_HEADERS: Headers = Object.freeze({});

/** Headers as the file has them; null: there are none. */
export function toText(headers: Headers): string | null {
  const text = JSON.stringify(headers);
  return text === "{}" ? null : text;
}

/** A row of the file as a record. */
export function toRecord(row: Record<string, SQLOutputValue>, { topic, partition }: TopicPartition): LogRecord {
  const { offset, timestamp, key, value, headers } = row;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: key instanceof Uint8Array ? key : null,
    value: value instanceof Uint8Array ? value : null,
    headers: typeof headers === "string" ? JSON.parse(headers) : NO_HEADERS,
  };
}
