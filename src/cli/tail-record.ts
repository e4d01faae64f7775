import type { CommandCodec, DecodeFailure } from "../catalog/codec.ts";
import { INVALIDATION_TYPE, invalidationOf } from "../catalog/invalidation-event.ts";
import { payloadToJson } from "../catalog/payload-to-json.ts";
import { eventsTopicOf, topicKind } from "../catalog/topic-kinds.ts";
import type { EventType } from "../catalog/types.ts";
import { decodeInvalidation, decodeTransaction, kindOf } from "../command/command-record.ts";
import { decodeOutcome } from "../command/outcome-record.ts";
import { isEventQLError } from "../errors.ts";
import type { CommandKind } from "../model/command.ts";
import type { LogRecord } from "../model/event.ts";
import type { Payload } from "../model/value.ts";

/** What a record says, hidden fields left out. */
export type ShownRecord =
  | { readonly status: "tombstone" }
  | {
      readonly status: "shown";
      /** The full Avro name of its type, and the short one; undefined: it has none. */
      readonly schema?: string;
      readonly name: string;
      readonly value: object;
    }
  | { readonly status: "failed"; readonly code: string; readonly reason: string };

type Failed = Extract<ShownRecord, { readonly status: "failed" }>;

/** Reads a record of any topic: an event, a command or an outcome. */
export async function readRecord(codec: CommandCodec, topic: string, record: LogRecord): Promise<ShownRecord> {
  switch (topicKind(topic)) {
    case "events":
      return invalidationIn(record) ?? (await readEvent(codec, topic, record.value));
    case "commands":
      return await readCommand(codec, eventsTopicOf(topic), record);
    case "outcomes": {
      const outcome = decodeOutcome(record);
      return outcome === undefined ? notOurs("outcome") : { status: "shown", name: outcome.status, value: outcome };
    }
  }
}

/** What makes a transaction invalid: it stands among the events, and is none. */
function invalidationIn(record: LogRecord): ShownRecord | undefined {
  const value = record.key === null ? invalidationOf(record) : undefined;
  return value && { status: "shown", schema: INVALIDATION_TYPE, name: "EventInvalidate", value };
}

async function readCommand(codec: CommandCodec, topic: string, record: LogRecord): Promise<ShownRecord> {
  const kind = kindOf(record);
  try {
    if (kind === undefined) return notOurs("command");
    return await readCommandOf(kind, codec, topic, record);
  } catch (error) {
    if (isEventQLError(error, "EVENT_INVALID")) return { status: "failed", code: error.code, reason: error.message };
    throw error;
  }
}

async function readCommandOf(
  kind: CommandKind,
  codec: CommandCodec,
  topic: string,
  { value }: LogRecord,
): Promise<ShownRecord> {
  switch (kind) {
    case "tombstone":
      return { status: "tombstone" };
    case "event":
      return await readEvent(codec, topic, value);
    case "invalidation":
      return { status: "shown", name: kind, value: decodeInvalidation(value) };
    case "transaction": {
      const events = decodeTransaction(value).map(async ({ key, type: schema, value: bytes }) => {
        const event = await readEvent(codec, topic, bytes);
        return { key, schema, ...(event.status === "shown" ? { value: event.value } : event) };
      });
      return { status: "shown", name: kind, value: { events: await Promise.all(events) } };
    }
    case "command": {
      if (value === null) return notOurs("command");
      const decoded = await prepared(codec, topic, () => codec.decodeCommand(topic, value));
      if (decoded.status !== "decoded") return failed(decoded);
      const { fullName: schema, name, record } = decoded.commandType;
      return { status: "shown", schema, name, value: payloadToJson(record, decoded.payload) };
    }
  }
}

async function readEvent(codec: CommandCodec, topic: string, value: Uint8Array | null): Promise<ShownRecord> {
  if (value === null) return { status: "tombstone" };
  const decoded = await prepared(codec, topic, () => codec.decode(topic, value));
  if (decoded.status !== "decoded") return failed(decoded);
  const { eventType } = decoded.writer;
  const { fullName: schema, name } = eventType;
  return { status: "shown", schema, name, value: shownFields(eventType, decoded.payload) };
}

function shownFields({ record, fields }: EventType, payload: Payload): object {
  const hidden = new Set(fields.filter((one) => one.hidden).map(({ field }) => field.name));
  return payloadToJson(record, payload, hidden);
}

async function prepared<T extends { readonly status: "decoded" }>(
  codec: CommandCodec,
  topic: string,
  decode: () => T | DecodeFailure,
): Promise<T | DecodeFailure> {
  const first = decode();
  if (first.status !== "unprepared") return first;
  await codec.prepare(topic, first.schemaId);
  return decode();
}

function failed(failure: DecodeFailure): Failed {
  if (failure.status === "undecodable") return { status: "failed", code: failure.code, reason: failure.reason };
  const reason = `The registry has no schema of the id ${failure.schemaId}.`;
  return { status: "failed", code: "SCHEMA_NOT_FOUND", reason };
}

function notOurs(what: string): Failed {
  return { status: "failed", code: "EVENT_INVALID", reason: `The record is no ${what} as EventQL writes them.` };
}
