import type { Batch, IHeaders } from "kafkajs";
import type { Headers, LogRecord } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { FetchedMessage } from "./fetch-cluster.ts";

const NO_HEADERS: Headers = Object.freeze({});
/** What a record takes in memory beside its key and value, roughly. */
const RECORD_COST = 100;

/** Records of one fetch, converted. */
export interface Chunk {
  readonly records: LogRecord[];
  /** The position behind it, past transaction markers and aborted records. */
  readonly next: number;
  /** Roughly, in memory. */
  readonly bytes: number;
}

/** Converts a batch of kafkajs. This runs once for every record read: it does no more than it must. */
export function toChunk(batch: Batch): Chunk {
  const { topic, partition, messages } = batch;
  const records: LogRecord[] = [];
  let bytes = messages.length * RECORD_COST;
  let time = "";
  let timeMs = 0;
  for (const { offset, timestamp, key, value, headers } of messages) {
    // Neighbours often have the same time, and comparing is cheaper than parsing.
    if (timestamp !== time) {
      time = timestamp;
      timeMs = Number(timestamp);
    }
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    records.push({
      topic,
      partition,
      offset: Number(offset),
      timestamp: timeMs,
      key,
      value,
      headers: toHeaders(headers),
    });
  }
  return { records, next: Number(batch.lastOffset()) + 1, bytes };
}

/** Converts one record. */
export function toRecord(message: FetchedMessage, { topic, partition }: TopicPartition): LogRecord {
  const { offset, timestamp, key, value, headers } = message;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: toHeaders(headers),
  };
}

/** The position that the batch was fetched from: kafkajs has it, its types don't. Undefined if that ever changes. */
export function fetchedFrom(batch: Batch): number | undefined {
  return "fetchedOffset" in batch ? Number(batch.fetchedOffset) : undefined;
}

function toHeaders(headers: IHeaders | undefined): Headers {
  let decoded: Record<string, string> | undefined;
  for (const name in headers) {
    const value = headers[name];
    // A name may occur several times; the last one counts, as in Kafka's own `lastHeader`.
    const last = Array.isArray(value) ? value.at(-1) : value;
    decoded ??= {};
    decoded[name] = last == null ? "" : last.toString();
  }
  return decoded ?? NO_HEADERS;
}
