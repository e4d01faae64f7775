import type { TopicPartition } from "./position.ts";

/** Headers of a record: names to UTF-8 text. */
export type Headers = Readonly<Record<string, string>>;

/** A record as the log holds it: bytes, not yet an event. */
export interface LogRecord extends TopicPartition {
  readonly offset: number;
  /** When it was produced, or appended, in ms since 1970-01-01 UTC, as the topic's setting has it. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** A record to append. */
export interface NewRecord {
  readonly topic: string;
  readonly key: string;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** Names of the headers that EventQL writes: CloudEvents' Kafka binding, W3C trace context, and our own. */
export const HEADER = {
  id: "ce_id",
  type: "ce_type",
  source: "ce_source",
  time: "ce_time",
  specVersion: "ce_specversion",
  traceparent: "traceparent",
  /** On an event: the id of the command that led to it. */
  command: "eventql_command",
  /** On an event: the id of its transaction. */
  transaction: "eventql_transaction",
  /** On a command: what it asks for, a `CommandKind`. */
  kind: "eventql_kind",
  /** On a command: an `ExpectedVersion`. */
  ifVersion: "eventql_if_version",
} as const;
