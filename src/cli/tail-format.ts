import type { DecodeFailure, DecodedEvent } from "../catalog/codec.ts";
import { payloadToJson } from "../catalog/payload-to-json.ts";
import { HEADER, type LogRecord } from "../model/event.ts";
import { positionId } from "../model/position.ts";

/** `json`: a line that `eventql produce --file` reads; `text`: a line for people. */
export type TailFormat = "json" | "text";

/** A record as a line, hidden fields left out. `decoded`: undefined for a tombstone. */
export function formatRecord(
  record: LogRecord,
  decoded: DecodedEvent | DecodeFailure | undefined,
  format: TailFormat,
): string {
  return format === "json" ? `${JSON.stringify(jsonOf(record, decoded))}\n` : `${textOf(record, decoded)}\n`;
}

function jsonOf(record: LogRecord, decoded: DecodedEvent | DecodeFailure | undefined): object {
  const { topic, partition, offset, timestamp, headers } = record;
  const id = headers[HEADER.id];
  const place = { topic, partition, offset, timestamp: new Date(timestamp).toISOString() };
  const meta = { _meta: { ...place, ...(id === undefined ? {} : { eventId: id }) } };
  const key = keyOf(record);
  if (decoded === undefined) return { key, value: null, ...meta };
  if (decoded.status !== "decoded") return { key, error: failureOf(decoded), ...meta };
  return { key, schema: decoded.writer.eventType.fullName, value: fieldsOf(decoded), ...meta };
}

function textOf(record: LogRecord, decoded: DecodedEvent | DecodeFailure | undefined): string {
  const start = `${new Date(record.timestamp).toISOString()} ${positionId(record)} ${keyOf(record) ?? "(no key)"}`;
  if (decoded === undefined) return `${start} (tombstone)`;
  if (decoded.status !== "decoded") {
    const { code, reason } = failureOf(decoded);
    return `${start} ${code}: ${reason}`;
  }
  return `${start} ${decoded.writer.eventType.name} ${JSON.stringify(fieldsOf(decoded))}`;
}

/** Null where the record has none, or none that is text. */
function keyOf({ key }: LogRecord): string | null {
  const text = key === null ? null : Buffer.from(key).toString();
  return text?.includes("\uFFFD") === true ? null : text;
}

function fieldsOf({ writer, payload }: DecodedEvent): object {
  const { record, fields } = writer.eventType;
  const hidden = new Set(fields.filter((one) => one.hidden).map(({ field }) => field.name));
  return payloadToJson(record, payload, hidden);
}

function failureOf(failure: DecodeFailure): { readonly code: string; readonly reason: string } {
  if (failure.status === "undecodable") return { code: failure.code, reason: failure.reason };
  return { code: "SCHEMA_NOT_FOUND", reason: `The registry has no schema of the id ${failure.schemaId}.` };
}
