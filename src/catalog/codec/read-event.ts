import { EventQLError } from "../../errors.ts";
import type { Payload, Value } from "../../model/value.ts";
import type { AvroNode, RecordNode } from "../avro/node.ts";
import { parseSchema } from "../avro/parse.ts";
import type { DecodedCommand, DecodedEvent, Writer } from "../codec.ts";
import { commandsTopicOf } from "../topic-kinds.ts";
import type { Catalog, WrittenType } from "../types.ts";
import { type Cursor, malformed, readInt } from "./cursor.ts";
import { matchFields } from "./match.ts";
import { compileReader } from "./read.ts";

/** Reads the Avro of a message. @throws EventQLError `EVENT_INVALID`, `EVENT_TYPE_UNKNOWN`. */
export type ReadMessage<Decoded> = (cursor: Cursor) => Decoded;

/**
 * Compiles how a topic's messages of a schema are read: a record, or a union of records, each as its event type.
 * @throws EventQLError `EVENT_TYPE_UNKNOWN` where the topic has none of them, `EVENT_INVALID` where the schemas differ
 *   too much.
 */
export function compileEventReader(
  { aggregates }: Catalog,
  topic: string,
  schemaId: number,
  schema: AvroNode,
): ReadMessage<DecodedEvent> {
  const own = aggregates.filter((aggregate) => aggregate.topic === topic);
  return compileMessageReader(schema, {
    readers: readersOf(own.flatMap(({ eventTypes }) => eventTypes)),
    unknown: (fullName) => unknownType(topic, "event", fullName),
    reading(eventType, fields, read) {
      const writer: Writer = { schemaId, eventType, fields };
      return (cursor) => ({ status: "decoded", writer, payload: payloadOf(read(cursor)) });
    },
  });
}

/** As {@link compileEventReader} of the commands to the aggregate on a topic. */
export function compileCommandReader(
  { commands }: Catalog,
  topic: string,
  _schemaId: number,
  schema: AvroNode,
): ReadMessage<DecodedCommand> {
  return compileMessageReader(schema, {
    readers: readersOf(commands.filter((command) => command.topic === topic)),
    unknown: (fullName) => unknownType(commandsTopicOf(topic), "command", fullName),
    reading: (commandType, _fields, read) => (cursor) => ({
      status: "decoded",
      commandType,
      payload: payloadOf(read(cursor)),
    }),
  });
}

interface Reader<Type> {
  readonly type: Type;
  readonly record: RecordNode;
}

/** What messages are read as. */
interface Reading<Type, Decoded> {
  readonly readers: ReadonlyMap<string, Reader<Type>>;
  unknown(fullName: string): EventQLError;
  reading(type: Type, fields: ReadonlySet<string>, read: (cursor: Cursor) => Value): ReadMessage<Decoded>;
}

function compileMessageReader<Type, Decoded>(schema: AvroNode, as: Reading<Type, Decoded>): ReadMessage<Decoded> {
  if (schema.type !== "union") return compileBranch(schema, as);
  const branches = schema.branches.map((branch) => attempt(() => compileBranch(branch, as)));
  return (cursor) => {
    const branch = branches[readInt(cursor)];
    if (branch === undefined) throw malformed("its union has no such branch");
    return branch(cursor);
  };
}

/** What can't be compiled fails only when it is met. */
function attempt<Decoded>(compile: () => ReadMessage<Decoded>): ReadMessage<Decoded> {
  try {
    return compile();
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const parsedReaders = new WeakMap<object, AvroNode>();

/** Types by their names, old names included. */
function readersOf<Type extends WrittenType>(types: readonly Type[]): ReadonlyMap<string, Reader<Type>> {
  const readers = types.flatMap((type): Reader<Type>[] => {
    const record = parsedReaders.get(type) ?? parseSchema(type.readerSchema);
    parsedReaders.set(type, record);
    return record.type === "record" ? [{ type, record }] : [];
  });
  const aliased = readers.flatMap((reader) => reader.record.aliases.map((alias) => [alias, reader] as const));
  return new Map([...aliased, ...readers.map((reader) => [reader.record.name, reader] as const)]);
}

function compileBranch<Type, Decoded>(schema: AvroNode, as: Reading<Type, Decoded>): ReadMessage<Decoded> {
  if (schema.type !== "record") throw malformed(`its schema is of type ${schema.type}, not a record`);
  const reader = as.readers.get(schema.name);
  if (reader === undefined) throw as.unknown(schema.name);
  const fields = new Set(matchFields(schema, reader.record).keys());
  return as.reading(reader.type, fields, compileReader(schema, reader.record));
}

function payloadOf(value: Value): Payload {
  if (isPayload(value)) return value;
  throw malformed("it is no record");
}

function isPayload(value: Value): value is Payload {
  return typeof value === "object" && value !== null;
}

function unknownType(topic: string, what: "event" | "command", fullName: string): EventQLError {
  return new EventQLError(
    "EVENT_TYPE_UNKNOWN",
    `Topic ${topic} has no ${what} type ${fullName}: register its schema under ${topic}-${fullName}.`,
  );
}
