import { z } from "zod";
import type { LogRecord, NewRecord } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import type { OffsetRange } from "./event-log.ts";

/** The media type of records as the log has them, over HTTP: JSON, with bytes in base64. */
export const RECORDS_TYPE = "application/vnd.eventql.records+json";

const offset = z.int().min(0);
const bytes = z.string().nullable();
const headers = z.record(z.string(), z.string());

/** A record of a partition that is known otherwise, as it travels. */
export interface WireRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const wireRecord = z.object({ offset, timestamp: z.number(), key: bytes, value: bytes, headers });

/** The offsets of a topic's partitions. */
export const WireOffsets: z.ZodType<OffsetRange[]> = z.array(
  z.object({ low: offset, high: offset, gapless: z.exactOptional(offset) }),
);

/** A topic and its settings; null: records never expire. */
export const WireTopic: z.ZodType<{
  readonly name: string;
  readonly partitions: number;
  readonly compacted: boolean;
  readonly retentionMs: number | null;
}> = z.object({
  name: z.string(),
  partitions: z.int().min(1),
  compacted: z.boolean(),
  retentionMs: z.number().nullable(),
});

/** Records of a partition: `next` is where to go on; `complete`: there is nothing more of what was asked for. */
export interface WireRange {
  readonly records: readonly WireRecord[];
  readonly next: number;
  readonly complete: boolean;
}

/** As {@link WireRange}, in the order of their offsets. */
export const WireRange: z.ZodType<WireRange> = z.object({
  records: z.array(wireRecord),
  next: offset,
  complete: z.boolean(),
});

/** Records of a key. */
export const WireKeyRecords: z.ZodType<Pick<WireRange, "records" | "complete">> = z.object({
  records: z.array(wireRecord),
  complete: z.boolean(),
});

/** Records to append to one topic, in their order. */
export const WireAppend: z.ZodType<{
  readonly records: readonly {
    readonly key: string;
    readonly value: string | null;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}> = z.strictObject({
  records: z
    .array(z.strictObject({ key: z.string(), value: z.base64().nullable(), headers: headers.default({}) }))
    .min(1)
    .max(10_000),
});

/** What became of each record, in their order. */
export const WireAppended: z.ZodType<{
  readonly results: readonly (
    | { readonly partition: number; readonly offset: number }
    | {
        readonly error: {
          readonly code: string;
          readonly message: string;
          readonly details?: Record<string, unknown> | undefined;
        };
      }
  )[];
}> = z.object({
  results: z.array(
    z.union([
      z.object({ partition: offset, offset }),
      z.object({
        error: z.object({
          code: z.string(),
          message: z.string(),
          details: z.record(z.string(), z.unknown()).optional(),
        }),
      }),
    ]),
  ),
});

/** A record as it travels. */
export function toWire({ offset: at, timestamp, key, value, headers: names }: LogRecord): WireRecord {
  return { offset: at, timestamp, key: base64(key), value: base64(value), headers: names };
}

/** A record that has travelled. */
export function fromWire({ topic, partition }: TopicPartition, { key, value, ...record }: WireRecord): LogRecord {
  return { topic, partition, ...record, key: bytesOf(key), value: bytesOf(value) };
}

/** A record to append, as it travels: its topic stands in the address. */
export function newToWire({ key, value, headers: names }: NewRecord): z.infer<typeof WireAppend>["records"][number] {
  return { key, value: base64(value), headers: names };
}

/** What travelled, as bytes. */
export function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, "base64");
}

function base64(data: Uint8Array | null): string | null {
  if (data === null) return null;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}
