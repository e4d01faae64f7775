import { isUtf8 } from "node:buffer";
import type { EventCodec, Writer } from "../catalog/codec.ts";
import { type InvalidationEvent, invalidationOf } from "../catalog/invalidation-event.ts";
import type { ErrorCode } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import { isIntermediate, originOf } from "../model/origin.ts";
import type { Payload } from "../model/value.ts";

/** An event to fold. */
export interface EventItem {
  readonly kind: "event";
  readonly record: LogRecord;
  readonly key: string;
  readonly writer: Writer;
  readonly payload: Payload;
}

/** A deletion of whatever the key has. */
export interface TombstoneItem {
  readonly kind: "tombstone";
  readonly record: LogRecord;
  readonly key: string;
}

/** A record that can't be applied. */
export interface BadItem {
  readonly kind: "bad";
  readonly record: LogRecord;
  /** Undefined where the key itself is what is wrong: nothing is parked then. */
  readonly key: string | undefined;
  readonly code: ErrorCode;
  readonly reason: string;
  /** The schema that it was written with, where a newer catalog might read it. */
  readonly schemaId?: number | undefined;
}

/** What the projector makes of a record with a key. */
export type BatchItem = EventItem | TombstoneItem | BadItem;

/** A record that makes a transaction invalid. */
export interface InvalidationItem {
  readonly kind: "invalidation";
  readonly record: LogRecord;
  readonly event: InvalidationEvent;
}

/** What the projector makes of a record. */
export type DecodedItem = BatchItem | InvalidationItem;

/** A batch's items, in order, and the schemas that have to be fetched before all of them are known. */
export interface DecodedBatch {
  readonly items: readonly DecodedItem[];
  /** Not empty: decode again after `EventCodec.prepare` of each. */
  readonly unprepared: ReadonlySet<number>;
}

/** The topic whose schemas a record was written with: of a copy, where it was first appended. */
export function schemaTopicOf(record: LogRecord): string {
  return originOf(record)?.topic ?? record.topic;
}

/** Decodes a partition's records; those of an intermediate topic as what they were on the topics that they come from. */
export function decodeBatch(codec: EventCodec, topic: string, records: readonly LogRecord[]): DecodedBatch {
  const items: DecodedItem[] = [];
  const unprepared = new Set<number>();
  const isCopied = isIntermediate(topic);
  for (const record of records) {
    const item = isCopied ? decodeCopy(codec, record) : decodeRecord(codec, topic, record);
    if (typeof item === "number") unprepared.add(item);
    else items.push(item);
  }
  return { items, unprepared };
}

/**
 * Decodes records that have keys; what can't be decoded is a bad item. Schemas are fetched.
 * @throws EventQLError `REGISTRY_UNAVAILABLE`.
 */
export async function decodeRecords(
  codec: EventCodec,
  topic: string,
  records: readonly LogRecord[],
): Promise<readonly BatchItem[]> {
  for (;;) {
    const { items, unprepared } = decodeBatch(codec, topic, records);
    if (unprepared.size === 0) return items.filter((item) => item.kind !== "invalidation");
    for (const schemaId of unprepared) await codec.prepare(topic, schemaId);
  }
}

function decodeCopy(codec: EventCodec, record: LogRecord): DecodedItem | number {
  const origin = originOf(record);
  if (origin !== undefined) return decodeRecord(codec, origin.topic, record);
  return bad(
    record,
    undefined,
    "EVENT_INVALID",
    "It doesn't say where it comes from: EventQL alone writes to this topic.",
  );
}

function decodeRecord(codec: EventCodec, topic: string, record: LogRecord): DecodedItem | number {
  const { key: keyBytes, value } = record;
  if (keyBytes === null) {
    const event = invalidationOf(record);
    if (event !== undefined) return { kind: "invalidation", record, event };
    return bad(record, undefined, "KEY_INVALID", "The key is null: an event's key is its aggregate's id.");
  }
  if (!isUtf8(keyBytes)) {
    return bad(record, undefined, "KEY_INVALID", "The key is not UTF-8 text: write the aggregate's id as a string.");
  }
  const key = textOf(keyBytes);
  if (value === null) return { kind: "tombstone", record, key };
  const decoded = codec.decode(topic, value);
  switch (decoded.status) {
    case "decoded":
      return { kind: "event", record, key, writer: decoded.writer, payload: decoded.payload };
    case "unprepared":
      return decoded.schemaId;
    case "undecodable":
      return { ...bad(record, key, decoded.code, decoded.reason), schemaId: decoded.schemaId };
  }
}

/** Makes a record's place one of a bad event. */
export function bad(record: LogRecord, key: string | undefined, code: ErrorCode, reason: string): BadItem {
  return { kind: "bad", record, key, code, reason };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes) ? bytes.toString() : Buffer.from(bytes).toString();
}
