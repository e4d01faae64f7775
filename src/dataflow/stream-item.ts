import { isUtf8 } from "node:buffer";
import type { EventCodec, Writer } from "../catalog/codec.ts";
import type { GatedBatch, TopicSchema } from "../catalog/catalog-gate.ts";
import { invalidationOf } from "../catalog/invalidation-event.ts";
import type { ErrorCode } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import type { StreamEvent } from "../model/event-context.ts";
import { contextOf, originOf } from "../model/origin.ts";
import type { Stream } from "../model/stream.ts";

/** A record as a stream takes it. A null key is allowed: such records are in no order among each other. */
export type StreamItem =
  | {
      readonly kind: "event";
      readonly record: LogRecord;
      readonly key: string | null;
      readonly writer: Writer;
      readonly event: StreamEvent;
    }
  /** Goes to the end untouched: a record of a stream that looks into none, or a tombstone that passes. */
  | { readonly kind: "raw"; readonly record: LogRecord; readonly key: string | null; readonly event: StreamEvent }
  /** Nothing that streams know of: a tombstone that is dropped, or what makes a transaction invalid. */
  | { readonly kind: "passed"; readonly record: LogRecord; readonly key: string | null }
  | {
      readonly kind: "bad";
      readonly record: LogRecord;
      /** Null: there is no key that could be parked. */
      readonly key: string | null;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly schemaId?: number | undefined;
    };

/** The type of a tombstone, as functions are told of it that take them. */
const TOMBSTONE = "eventql.tombstone";

/** Whether a stream looks into events at all; else their bytes are nobody's business. */
function looksIn({ steps, sink }: Stream): boolean {
  return steps.length > 0 || sink.kind !== "topics" || sink.branches.some((branch) => branch.test !== undefined);
}

/** Decodes a partition's records for a stream. */
export function decodeItems(
  codec: Pick<EventCodec, "decode">,
  stream: Stream,
  records: readonly LogRecord[],
): GatedBatch<StreamItem> {
  const items: StreamItem[] = [];
  const unprepared = new Map<string, TopicSchema>();
  for (const record of records) {
    const item = decodeItem(codec, stream, record);
    if ("kind" in item) items.push(item);
    else unprepared.set(`${item.schemaId} ${item.topic}`, item);
  }
  return { items, unprepared: [...unprepared.values()] };
}

/** The topic whose schemas the record was written with. */
export function topicOf(record: LogRecord): string {
  return originOf(record)?.topic ?? record.topic;
}

function decodeItem(codec: Pick<EventCodec, "decode">, stream: Stream, record: LogRecord): StreamItem | TopicSchema {
  if (record.key !== null && !isUtf8(record.key)) {
    const reason = "The key is not UTF-8 text: write it as a string.";
    return { kind: "bad", record, key: null, code: "KEY_INVALID", reason };
  }
  const key = record.key === null ? null : Buffer.from(record.key).toString();
  if (record.value === null) return tombstone(stream, record, key);
  if (!looksIn(stream)) return { kind: "raw", record, key, event: untyped(record, key) };
  if (key === null && invalidationOf(record) !== undefined) return { kind: "passed", record, key };
  const context = contextOf(record, key ?? "");
  const decoded = codec.decode(context.topic, record.value);
  switch (decoded.status) {
    case "decoded": {
      const { writer, payload } = decoded;
      return { kind: "event", record, key, writer, event: { ...context, type: writer.eventType.name, payload } };
    }
    case "unprepared":
      return { topic: context.topic, schemaId: decoded.schemaId };
    case "undecodable":
      return { kind: "bad", record, key, code: decoded.code, reason: decoded.reason, schemaId: decoded.schemaId };
  }
}

function tombstone({ tombstones }: Stream, record: LogRecord, key: string | null): StreamItem {
  if (tombstones === "drop") return { kind: "passed", record, key };
  return { kind: "raw", record, key, event: untyped(record, key) };
}

function untyped(record: LogRecord, key: string | null): StreamEvent {
  return { ...contextOf(record, key ?? ""), type: record.value === null ? TOMBSTONE : "", payload: {} };
}
