import { EventQLError } from "../../../src/errors.ts";
import type { DecodedEvent, DecodeFailure, EventCodec } from "../../../src/catalog/codec.ts";
import { eventTypeOf, writerOf } from "../../support/event-types.ts";

const SCHEMA_ID = 7;

/** The bytes of an event of a type, with a text. Types that the codec doesn't have are unknown to it. */
export function eventBytes(type: string, text: string): Uint8Array {
  return Buffer.from(JSON.stringify({ type, text }));
}

/** A codec of events made by {@link eventBytes}: it knows their one schema from the first `prepare` on. */
export class TestCodec implements EventCodec {
  /** How many events were decoded. */
  decoded = 0;
  prepared = 0;
  /** How many `prepare`s are still to fail. */
  failures = 0;
  #known = false;
  readonly #writers = new Map(
    ["Added", "Removed"].map((type) => [type, writerOf(eventTypeOf(type, [{ name: "text" }]))]),
  );

  decode(_topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    if (!this.#known) return { status: "unprepared", schemaId: SCHEMA_ID };
    const text = Buffer.from(value).toString();
    if (!text.startsWith("{")) return { status: "undecodable", code: "NOT_AVRO", reason: "It is no JSON." };
    const { type, text: content } = JSON.parse(text);
    const writer = this.#writers.get(type);
    if (writer === undefined) return { status: "undecodable", code: "EVENT_TYPE_UNKNOWN", reason: "It is unknown." };
    this.decoded += 1;
    return { status: "decoded", writer, payload: { text: content } };
  }

  async prepare(): Promise<void> {
    this.prepared += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new EventQLError("REGISTRY_UNAVAILABLE", "The registry is away.");
    }
    this.#known = true;
  }

  encode(): Uint8Array {
    throw new TypeError("not used");
  }
}
