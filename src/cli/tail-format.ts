import { HEADER, type LogRecord } from "../model/event.ts";
import { positionId } from "../model/position.ts";
import { plainLines, plainText } from "./plain-text.ts";
import type { ShownRecord } from "./tail-record.ts";

/** `json`: of an event, a line that `eventql produce --file` reads; `text`: a line for people. */
export type TailFormat = "json" | "text";

/** A record as a line. */
export function formatRecord(record: LogRecord, shown: ShownRecord, format: TailFormat): string {
  return format === "json" ? `${JSON.stringify(jsonOf(record, shown))}\n` : `${textOf(record, shown)}\n`;
}

function jsonOf(record: LogRecord, shown: ShownRecord): object {
  const { topic, partition, offset, timestamp, headers } = record;
  const { [HEADER.id]: eventId, [HEADER.kind]: kind, [HEADER.command]: commandId } = headers;
  const place = { topic, partition, offset, timestamp: new Date(timestamp).toISOString() };
  // JSON leaves out what is undefined.
  const meta = { _meta: { ...place, eventId, kind, commandId } };
  const key = keyOf(record);
  if (shown.status === "tombstone") return { key, value: null, ...meta };
  if (shown.status === "failed") return { key, error: { code: shown.code, reason: shown.reason }, ...meta };
  return { key, schema: shown.schema, value: shown.value, ...meta };
}

function textOf(record: LogRecord, shown: ShownRecord): string {
  return plainLines(lineOf(record, shown));
}

function lineOf(record: LogRecord, shown: ShownRecord): string {
  const start = `${new Date(record.timestamp).toISOString()} ${positionId(record)} ${plainText(keyOf(record) ?? "(no key)")}`;
  if (shown.status === "tombstone") return `${start} (tombstone)`;
  if (shown.status === "failed") return `${start} ${shown.code}: ${shown.reason}`;
  return `${start} ${shown.name} ${JSON.stringify(shown.value)}`;
}

/** Null where the record has none, or none that is text. */
function keyOf({ key }: LogRecord): string | null {
  const text = key === null ? null : Buffer.from(key).toString();
  return text?.includes("\uFFFD") === true ? null : text;
}
