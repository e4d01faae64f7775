import { isEventQLError, messageOf } from "../../errors.ts";
import type { Payload } from "../../model/value.ts";
import type { SchemaRegistry } from "../../schema-registry/schema-registry.ts";
import { parseWithReferences } from "../avro/resolve.ts";
import type { AvroNode } from "../avro/node.ts";
import type { DecodedEvent, DecodeFailure, EventCodec } from "../codec.ts";
import { referencesOf, resolveReferences } from "../references.ts";
import type { Catalog, EventType } from "../types.ts";
import { Cursor } from "./cursor.ts";
import { compileEncoder, type Encode } from "./encode-event.ts";
import { type ReadEvent, compileEventReader } from "./read-event.ts";

/** Bytes before a message's Avro: a zero and the schema's id. */
const HEADER_BYTES = 5;

/** How many ids that the registry doesn't have are remembered, so that bad messages can't fill the memory. */
const MAX_FAILURES = 10_000;

type Failure = Extract<DecodeFailure, { readonly status: "undecodable" }>;

/**
 * Makes the codec of a registry's schemas and of a catalog that may be replaced at any time: what was compiled for the
 * old one is then compiled anew, without asking the registry again.
 */
export function createCodec(registry: SchemaRegistry, catalog: () => Catalog): EventCodec {
  return new RegistryCodec(registry, catalog);
}

class RegistryCodec implements EventCodec {
  readonly #registry: SchemaRegistry;
  readonly #catalog: () => Catalog;
  readonly #schemas = new Map<number, AvroNode | Failure>();
  readonly #encoders = new WeakMap<EventType, Encode>();
  readonly #cursor = new Cursor();
  #compiledFor: Catalog["aggregates"] | undefined;
  #compiled = new Map<string, Map<number, ReadEvent | Failure>>();

  constructor(registry: SchemaRegistry, catalog: () => Catalog) {
    this.#registry = registry;
    this.#catalog = catalog;
  }

  decode(topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    if (value.length < HEADER_BYTES || value[0] !== 0) return NOT_AVRO;
    const schemaId =
      (value[1] ?? 0) * 0x100_0000 + (((value[2] ?? 0) << 16) | ((value[3] ?? 0) << 8) | (value[4] ?? 0));
    const read = this.#reader(topic, schemaId);
    if (read === undefined) return { status: "unprepared", schemaId };
    return typeof read === "function" ? this.#run(read, schemaId, value) : read;
  }

  async prepare(_topic: string, schemaId: number): Promise<void> {
    const known = this.#schemas.get(schemaId);
    if (known !== undefined && !("status" in known)) return;
    const schema = await this.#fetch(schemaId);
    if (this.#schemas.size > MAX_FAILURES) this.#forgetFailures();
    this.#schemas.set(schemaId, schema);
    for (const readers of this.#compiled.values()) readers.delete(schemaId);
  }

  encode(eventType: EventType, payload: Payload): Uint8Array {
    const encode = this.#encoders.get(eventType) ?? compileEncoder(eventType);
    this.#encoders.set(eventType, encode);
    return encode(payload);
  }

  #run(read: ReadEvent, schemaId: number, value: Uint8Array): DecodedEvent | DecodeFailure {
    const cursor = this.#cursor;
    cursor.start(value, HEADER_BYTES);
    try {
      const event = read(cursor);
      const left = cursor.end - cursor.position;
      return left === 0 ? event : invalid(`${left} bytes are left over behind it`);
    } catch (error) {
      return { ...failureOf(error), schemaId };
    }
  }

  #reader(topic: string, schemaId: number): ReadEvent | Failure | undefined {
    const catalog = this.#catalog();
    if (catalog.aggregates !== this.#compiledFor) {
      this.#compiledFor = catalog.aggregates;
      this.#compiled = new Map();
    }
    const known = this.#compiled.get(topic)?.get(schemaId);
    return known ?? this.#compile(catalog, topic, schemaId);
  }

  #compile(catalog: Catalog, topic: string, schemaId: number): ReadEvent | Failure | undefined {
    const schema = this.#schemas.get(schemaId);
    if (schema === undefined || "status" in schema) return schema;
    const readers = this.#compiled.get(topic) ?? new Map<number, ReadEvent | Failure>();
    this.#compiled.set(topic, readers);
    const read = compileOrFail(catalog, topic, schemaId, schema);
    readers.set(schemaId, read);
    return read;
  }

  async #fetch(schemaId: number): Promise<AvroNode | Failure> {
    const text = await this.#registry.byId(schemaId);
    if (text === undefined) {
      return failure(
        "SCHEMA_NOT_FOUND",
        `The registry has no schema of id ${schemaId}: register it, or skip the event.`,
      );
    }
    if (text.schemaType !== "AVRO") return failure("NOT_AVRO", `Schema ${schemaId} is ${text.schemaType}, not Avro.`);
    try {
      const resolved = await resolveReferences(text, referencesOf(this.#registry));
      return parseWithReferences(resolved.schema, resolved.referenced);
    } catch (error) {
      if (isEventQLError(error) && error.retriable) throw error;
      return failure("EVENT_INVALID", `Schema ${schemaId} can't be used: ${messageOf(error)}`);
    }
  }

  #forgetFailures(): void {
    for (const [id, schema] of this.#schemas) if ("status" in schema) this.#schemas.delete(id);
  }
}

function compileOrFail(catalog: Catalog, topic: string, schemaId: number, schema: AvroNode): ReadEvent | Failure {
  try {
    return compileEventReader(catalog, topic, schemaId, schema);
  } catch (error) {
    return ["record", "union"].includes(schema.type) ? { ...failureOf(error), schemaId } : failureOf(error);
  }
}

function failureOf(error: unknown): Failure {
  return isEventQLError(error, "EVENT_TYPE_UNKNOWN")
    ? failure("EVENT_TYPE_UNKNOWN", error.message)
    : invalid(messageOf(error));
}

const NOT_AVRO: Failure = failure(
  "NOT_AVRO",
  "The value does not begin with a zero and a schema's id, as the Confluent wire format has it: write it with a " +
    "registry-aware Avro serializer.",
);

function invalid(what: string): Failure {
  return failure("EVENT_INVALID", `The event is not valid: ${what}.`);
}

function failure(code: Failure["code"], reason: string): Failure {
  return { status: "undecodable", code, reason };
}
