import type { DecodedEvent, EventCodec } from "../../catalog/codec.ts";
import { topicAggregates } from "../../catalog/topic-aggregates.ts";
import type { Catalog, EventType } from "../../catalog/types.ts";
import { EventQLError, isEventQLError } from "../../errors.ts";
import type { LogRecord } from "../../model/event.ts";
import { schemaTopicOf } from "../../projector/decode-batch.ts";

/** What letters' events are read with. */
export interface LetterTypes {
  readonly codec: EventCodec;
  readonly catalog: { current(): Catalog };
}

/** The event types of the topic that a letter's event was first appended to. */
export function typesOf({ catalog }: LetterTypes, record: LogRecord): readonly EventType[] {
  const topic = schemaTopicOf(record);
  const aggregates = topicAggregates(catalog.current().aggregates).filter((aggregate) => aggregate.topic === topic);
  return aggregates.flatMap(({ eventTypes }) => eventTypes);
}

/** Decodes a letter's event; undefined where it is none that can be, as far as can be told now. */
export async function decodeLetter({ codec }: LetterTypes, record: LogRecord): Promise<DecodedEvent | undefined> {
  const { value } = record;
  if (value === null) return undefined;
  const topic = schemaTopicOf(record);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const decoded = codec.decode(topic, value);
    if (decoded.status === "decoded") return decoded;
    if (decoded.status === "undecodable") return undefined;
    try {
      await codec.prepare(topic, decoded.schemaId);
    } catch (error) {
      if (isEventQLError(error, "REGISTRY_UNAVAILABLE")) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** Finds an event type by its full, short or GraphQL name; a topic's only one needs none. @throws EventQLError `BAD_USER_INPUT`. */
export function namedType(types: readonly EventType[], topic: string, name: string | undefined): EventType {
  const names = types.map((type) => type.name).join(", ");
  const [first, ...more] = types;
  if (first === undefined)
    throw bad(`Topic ${topic} has no event types that are known: give the value as it is to be, as bytes.`);
  if (name === undefined) {
    if (more.length === 0) return first;
    throw bad(`What the event's type is can't be told: name one of topic ${topic}'s, ${names}, as type.`);
  }
  const found =
    types.find((type) => type.fullName === name) ??
    types.find((type) => type.name === name || type.fullName.endsWith(`.${name}`));
  if (found === undefined) throw bad(`Topic ${topic} has no event type ${name}: it has ${names}.`);
  return found;
}

/** The fields of an event type that nobody is shown, by their names in Avro. */
export function hiddenFields({ fields }: EventType): ReadonlySet<string> {
  return new Set(fields.filter(({ hidden }) => hidden).map(({ field }) => field.name));
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
