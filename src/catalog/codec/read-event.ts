import { EventQLError } from "../../errors.ts";
import type { Payload, Value } from "../../model/value.ts";
import type { AvroNode, RecordNode } from "../avro/node.ts";
import { parseSchema } from "../avro/parse.ts";
import type { DecodedEvent, Writer } from "../codec.ts";
import type { Catalog, EventType } from "../types.ts";
import { type Cursor, malformed, readInt } from "./cursor.ts";
import { matchFields } from "./match.ts";
import { compileReader } from "./read.ts";

/** Reads the Avro of a message. @throws EventQLError `EVENT_INVALID`, `EVENT_TYPE_UNKNOWN`. */
export type ReadEvent = (cursor: Cursor) => DecodedEvent;

/**
 * Compiles how a topic's messages of a schema are read: a record, or a union of records, each as its event type.
 * @throws EventQLError `EVENT_TYPE_UNKNOWN` where the topic has none of them, `EVENT_INVALID` where the schemas differ
 *   too much.
 */
export function compileEventReader(catalog: Catalog, topic: string, schemaId: number, schema: AvroNode): ReadEvent {
  const readers = readersOf(catalog, topic);
  if (schema.type !== "union") return compileBranch(readers, topic, schemaId, schema);
  const branches = schema.branches.map((branch) => attempt(() => compileBranch(readers, topic, schemaId, branch)));
  return (cursor) => {
    const branch = branches[readInt(cursor)];
    if (branch === undefined) throw malformed("its union has no such branch");
    return branch(cursor);
  };
}

/** What can't be compiled fails only when it is met. */
function attempt(compile: () => ReadEvent): ReadEvent {
  try {
    return compile();
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

interface Reader {
  readonly eventType: EventType;
  readonly record: RecordNode;
}

const parsedReaders = new WeakMap<EventType, AvroNode>();

/** The event types of a topic by their names, old names included. */
function readersOf({ aggregates }: Catalog, topic: string): ReadonlyMap<string, Reader> {
  const readers = aggregates
    .filter((aggregate) => aggregate.topic === topic)
    .flatMap(({ eventTypes }) => eventTypes)
    .flatMap((eventType): Reader[] => {
      const record = parsedReaders.get(eventType) ?? parseSchema(eventType.readerSchema);
      parsedReaders.set(eventType, record);
      return record.type === "record" ? [{ eventType, record }] : [];
    });
  const aliased = readers.flatMap((reader) => reader.record.aliases.map((alias) => [alias, reader] as const));
  return new Map([...aliased, ...readers.map((reader) => [reader.record.name, reader] as const)]);
}

function compileBranch(
  readers: ReadonlyMap<string, Reader>,
  topic: string,
  schemaId: number,
  schema: AvroNode,
): ReadEvent {
  if (schema.type !== "record") throw malformed(`its schema is of type ${schema.type}, not a record`);
  const reader = readers.get(schema.name);
  if (reader === undefined) throw unknownEventType(topic, schema.name);
  const read = compileReader(schema, reader.record);
  const fields = new Set(matchFields(schema, reader.record).keys());
  const writer: Writer = { schemaId, eventType: reader.eventType, fields };
  return (cursor) => ({ status: "decoded", writer, payload: payloadOf(read(cursor)) });
}

function payloadOf(value: Value): Payload {
  if (isPayload(value)) return value;
  throw malformed("it is no record");
}

function isPayload(value: Value): value is Payload {
  return typeof value === "object" && value !== null;
}

function unknownEventType(topic: string, fullName: string): EventQLError {
  return new EventQLError(
    "EVENT_TYPE_UNKNOWN",
    `Topic ${topic} has no event type ${fullName}: register its schema under ${topic}-${fullName}.`,
  );
}
