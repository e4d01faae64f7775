import type { Payload } from "../model/value.ts";
import type { CommandType, EventType, WrittenType } from "./types.ts";

/** The schema that a run of events was written with, matched to the event type it is read as. One object per pair. */
export interface Writer {
  readonly schemaId: number;
  readonly eventType: EventType;
  /** The names, in the reader's record, of the fields that the writer's schema has. */
  readonly fields: ReadonlySet<string>;
}

/** A decoded event. */
export interface DecodedEvent {
  readonly status: "decoded";
  readonly writer: Writer;
  readonly payload: Payload;
}

/** A decoded command. */
export interface DecodedCommand {
  readonly status: "decoded";
  readonly commandType: CommandType;
  readonly payload: Payload;
}

/** What became of bytes that are no event, or not yet. */
export type DecodeFailure =
  /** The schema isn't at hand: `prepare(topic, schemaId)`, then decode again. */
  | { readonly status: "unprepared"; readonly schemaId: number }
  | {
      readonly status: "undecodable";
      readonly code: "NOT_AVRO" | "SCHEMA_NOT_FOUND" | "EVENT_TYPE_UNKNOWN" | "EVENT_INVALID";
      readonly reason: string;
      /** The schema that the event was written with, where a newer catalog might read it; else it never will be one. */
      readonly schemaId?: number;
    };

/**
 * Bytes in the Confluent wire format to events and back. Decoding is synchronous: the registry is asked only by
 * `prepare`, once for an id.
 */
export interface EventCodec {
  /** Decodes a record's value as an event of the topic. Never throws. */
  decode(topic: string, value: Uint8Array): DecodedEvent | DecodeFailure;

  /**
   * Fetches a schema so that `decode` knows it: afterwards it decodes, or says why it can't. An id that the registry
   * does not have, and a type that the catalog does not have on this topic, are asked for again on the next call.
   * @throws EventQLError `REGISTRY_UNAVAILABLE`.
   */
  prepare(topic: string, schemaId: number): Promise<void>;

  /**
   * Encodes an event with its type's newest schema. Absent fields take their default.
   * @throws EventQLError `EVENT_INVALID` naming every field that does not fit, by its path.
   */
  encode(type: WrittenType, payload: Payload): Uint8Array;
}

/** The commands' bytes and back. */
export interface CommandCodec extends EventCodec {
  /**
   * Decodes the value of a command of `<topic>.commands`, by the events' `topic`; as `decode` does events. Unknown schemas
   * are prepared by `prepare` with that topic.
   */
  decodeCommand(topic: string, value: Uint8Array): DecodedCommand | DecodeFailure;
}
