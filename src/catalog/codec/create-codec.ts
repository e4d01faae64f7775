import { isEventQLError, messageOf } from "../../errors.ts";
import type { Payload } from "../../model/value.ts";
import type { SchemaRegistry } from "../../schema-registry/schema-registry.ts";
import { parseWithReferences } from "../avro/resolve.ts";
import type { AvroNode } from "../avro/node.ts";
import type { CommandCodec, DecodedCommand, DecodedEvent, DecodeFailure } from "../codec.ts";
import { referencesOf, resolveReferences } from "../references.ts";
import type { Catalog, WrittenType } from "../types.ts";
import { Cursor } from "./cursor.ts";
import { compileEncoder, type Encode } from "./encode-event.ts";
import { type ReadMessage, compileCommandReader, compileEventReader } from "./read-event.ts";

/** Bytes before a message's Avro: a zero and the schema's id. */
const HEADER_BYTES = 5;

/** How many ids that the registry doesn't have are remembered, so that bad messages can't fill the memory. */
const MAX_FAILURES = 10_000;

type Failure = Extract<DecodeFailure, { readonly status: "undecodable" }>;

/**
 * Makes the codec of a registry's schemas and of a catalog that may be replaced at any time: what was compiled for the
 * old one is then compiled anew, without asking the registry again.
 */
export function createCodec(registry: SchemaRegistry, catalog: () => Catalog): CommandCodec {
  return new RegistryCodec(registry, catalog);
}

class RegistryCodec implements CommandCodec {
  readonly #registry: SchemaRegistry;
  readonly #schemas = new Map<number, AvroNode | Failure>();
  readonly #encoders = new WeakMap<WrittenType, Encode>();
  readonly #events: Readers<DecodedEvent>;
  readonly #commands: Readers<DecodedCommand>;
  readonly #cursor = new Cursor();

  constructor(registry: SchemaRegistry, catalog: () => Catalog) {
    this.#registry = registry;
    const schemas = this.#schemas;
    this.#events = new Readers({ catalog, schemas, what: "event", part: aggregatesOf, compile: compileEventReader });
    this.#commands = new Readers({
      catalog,
      schemas,
      what: "command",
      part: commandsOf,
      compile: compileCommandReader,
    });
  }

  decode(topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    return this.#decode(this.#events, topic, value);
  }

  decodeCommand(topic: string, value: Uint8Array): DecodedCommand | DecodeFailure {
    return this.#decode(this.#commands, topic, value);
  }

  async prepare(_topic: string, schemaId: number): Promise<void> {
    const known = this.#schemas.get(schemaId);
    if (known !== undefined && !("status" in known)) return;
    const schema = await this.#fetch(schemaId);
    if (this.#schemas.size > MAX_FAILURES) this.#forgetFailures();
    this.#schemas.set(schemaId, schema);
    this.#events.forget(schemaId);
    this.#commands.forget(schemaId);
  }

  encode(type: WrittenType, payload: Payload): Uint8Array {
    const encode = this.#encoders.get(type) ?? compileEncoder(type);
    this.#encoders.set(type, encode);
    return encode(payload);
  }

  #decode<Decoded>(readers: Readers<Decoded>, topic: string, value: Uint8Array): Decoded | DecodeFailure {
    if (value.length < HEADER_BYTES || value[0] !== 0) return NOT_AVRO;
    const schemaId =
      (value[1] ?? 0) * 0x100_0000 + (((value[2] ?? 0) << 16) | ((value[3] ?? 0) << 8) | (value[4] ?? 0));
    const read = readers.of(topic, schemaId);
    if (read === undefined) return { status: "unprepared", schemaId };
    if (typeof read !== "function") return read;
    const cursor = this.#cursor;
    cursor.start(value, HEADER_BYTES);
    try {
      const decoded = read(cursor);
      const left = cursor.end - cursor.position;
      return left === 0 ? decoded : invalid(readers.what, `${left} bytes are left over behind it`);
    } catch (error) {
      return { ...failureOf(readers.what, error), schemaId };
    }
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

type What = "event" | "command";

/** What readers are compiled of. */
interface ReadersOptions<Decoded> {
  readonly what: What;
  readonly catalog: () => Catalog;
  readonly schemas: ReadonlyMap<number, AvroNode | Failure>;
  /** The part of the catalog that readers depend on: another one needs other readers. */
  part(catalog: Catalog): object;
  compile(catalog: Catalog, topic: string, schemaId: number, schema: AvroNode): ReadMessage<Decoded>;
}

/** How messages are read, by topic and schema. */
class Readers<Decoded> {
  readonly what: What;
  readonly #options: ReadersOptions<Decoded>;
  #compiledFor: object | undefined;
  #compiled = new Map<string, Map<number, ReadMessage<Decoded> | Failure>>();

  constructor(options: ReadersOptions<Decoded>) {
    this.what = options.what;
    this.#options = options;
  }

  /** Undefined: the schema isn't at hand. */
  of(topic: string, schemaId: number): ReadMessage<Decoded> | Failure | undefined {
    const catalog = this.#options.catalog();
    const part = this.#options.part(catalog);
    if (part !== this.#compiledFor) {
      this.#compiledFor = part;
      this.#compiled = new Map();
    }
    return this.#compiled.get(topic)?.get(schemaId) ?? this.#compile(catalog, topic, schemaId);
  }

  forget(schemaId: number): void {
    for (const readers of this.#compiled.values()) readers.delete(schemaId);
  }

  #compile(catalog: Catalog, topic: string, schemaId: number): ReadMessage<Decoded> | Failure | undefined {
    const schema = this.#options.schemas.get(schemaId);
    if (schema === undefined || "status" in schema) return schema;
    const readers = this.#compiled.get(topic) ?? new Map<number, ReadMessage<Decoded> | Failure>();
    this.#compiled.set(topic, readers);
    const read = this.#compileOrFail(catalog, topic, schemaId, schema);
    readers.set(schemaId, read);
    return read;
  }

  #compileOrFail(catalog: Catalog, topic: string, schemaId: number, schema: AvroNode): ReadMessage<Decoded> | Failure {
    try {
      return this.#options.compile(catalog, topic, schemaId, schema);
    } catch (error) {
      const failed = failureOf(this.what, error);
      return ["record", "union"].includes(schema.type) ? { ...failed, schemaId } : failed;
    }
  }
}

function aggregatesOf({ aggregates }: Catalog): Catalog["aggregates"] {
  return aggregates;
}

function commandsOf({ commands }: Catalog): Catalog["commands"] {
  return commands;
}

function failureOf(what: What, error: unknown): Failure {
  return isEventQLError(error, "EVENT_TYPE_UNKNOWN")
    ? failure("EVENT_TYPE_UNKNOWN", error.message)
    : invalid(what, messageOf(error));
}

const NOT_AVRO: Failure = failure(
  "NOT_AVRO",
  "The value does not begin with a zero and a schema's id, as the Confluent wire format has it: write it with a " +
    "registry-aware Avro serializer.",
);

function invalid(of: What, what: string): Failure {
  return failure("EVENT_INVALID", `The ${of} is not valid: ${what}.`);
}

function failure(code: Failure["code"], reason: string): Failure {
  return { status: "undecodable", code, reason };
}
