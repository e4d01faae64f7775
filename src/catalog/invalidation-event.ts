import { z } from "zod";
import { HEADER, type LogRecord } from "../model/event.ts";
import { parseSchemaText } from "./avro/parse.ts";
import { Cursor } from "./codec/cursor.ts";
import { compileReader } from "./codec/read.ts";
import { Sink } from "./codec/sink.ts";
import { compileWriter } from "./codec/write.ts";

/** The full Avro name of the event that makes a transaction invalid. It is on event topics, and no event type of theirs. */
export const INVALIDATION_TYPE = "eventql.EventInvalidate";

/** The schema of that event, as it is registered. It is fixed: events of it are read without a registry. */
export const invalidationSchema: string = JSON.stringify({
  type: "record",
  name: "EventInvalidate",
  namespace: "eventql",
  doc: "A transaction of this topic is invalid: its aggregates are as if its events had never been. EventQL writes one on each partition that the transaction touched, with no key.",
  fields: [
    { name: "transaction", type: "long", doc: "The transaction's id, which its events have in a header." },
    { name: "reason", type: "string", doc: "Why it is invalid." },
    { name: "keys", type: { type: "array", items: "string" }, doc: "The keys of its events on this partition." },
  ],
});

/** An event that makes a transaction invalid, as one partition has it. */
export interface InvalidationEvent {
  /** The transaction's id: the offset of its command. */
  readonly transaction: number;
  readonly reason: string;
  /** Those of its events on this partition. */
  readonly keys: readonly string[];
}

/** The subject that a topic's events of this type are registered under. */
export function invalidationSubject(topic: string): string {
  return `${topic}${SUFFIX}`;
}

/** Whether a subject is the one of some topic's invalidations: the catalog makes nothing of it. */
export function isInvalidationSubject(subject: string): boolean {
  return subject.endsWith(SUFFIX);
}

const SUFFIX = `-${INVALIDATION_TYPE}`;

/** Bytes before a message's Avro: a zero and the schema's id. */
const WIRE_HEADER_BYTES = 5;

const node = parseSchemaText(invalidationSchema);
const write = compileWriter(node);
const read = compileReader(node, node);

/** Writes one in the Confluent wire format. `schemaId`: of {@link invalidationSchema}, as the registry has it. */
export function encodeInvalidationEvent(
  schemaId: number,
  { transaction, reason, keys }: InvalidationEvent,
): Uint8Array {
  const sink = new Sink();
  sink.byte(0);
  sink.uint32(schemaId);
  write(sink, { transaction: BigInt(transaction), reason, keys }, "");
  return sink.result();
}

const shape = z.object({
  transaction: z.union([z.number(), z.bigint()]).transform(Number).pipe(z.int().min(0)),
  reason: z.string(),
  keys: z.array(z.string()),
});

/** Reads a record that makes a transaction invalid; undefined where it is any other, or not as EventQL writes it. */
export function invalidationOf({
  headers,
  value,
}: Pick<LogRecord, "headers" | "value">): InvalidationEvent | undefined {
  if (headers[HEADER.type] !== INVALIDATION_TYPE || value === null || value[0] !== 0) return undefined;
  const cursor = new Cursor();
  cursor.start(value, WIRE_HEADER_BYTES);
  try {
    const { data } = shape.safeParse(read(cursor));
    return cursor.position === cursor.end ? data : undefined;
  } catch {
    return undefined;
  }
}
