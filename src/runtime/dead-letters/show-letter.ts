import { isUtf8 } from "node:buffer";
import { payloadToJson } from "../../catalog/payload-to-json.ts";
import type { EventType } from "../../catalog/types.ts";
import type { ShownDeadLetter } from "../../model/dead-letter-administration.ts";
import type { LogRecord } from "../../model/event.ts";
import { seal, unseal } from "../../model/sealed-text.ts";
import type { StoredLetter } from "../../read-model/dead-letters.ts";
import { type LetterTypes, decodeLetter, hiddenFields, typesOf } from "./letter-types.ts";

/** A letter, and which projection or stream has set it aside. */
export interface OwnedLetter extends StoredLetter {
  readonly projection: string;
}

/** Where a letter stands in a list. */
export type LetterPlace = readonly [projection: string, topic: string, partition: number, offset: number, id: string];

/** Why an event can't be applied, where that is told of no value in it: what EventQL itself says. */
const SAYS_NO_VALUE: ReadonlySet<string> = new Set([
  "EVENT_TOO_LARGE",
  "EVENT_TYPE_UNKNOWN",
  "HISTORY_GONE",
  "KEY_INVALID",
  "KEY_PARKED",
  "NOT_AVRO",
  "PARTITION_MISMATCH",
  "SCHEMA_NOT_FOUND",
]);

/** Shows a letter, but for what is hidden. */
export async function showLetter(types: LetterTypes, letter: OwnedLetter): Promise<ShownDeadLetter> {
  const { id, projection, record, code, waiting } = letter;
  const { topic, partition, offset, timestamp, key, value } = record;
  const decoded = await decodeLetter(types, record);
  const eventType = decoded?.writer.eventType;
  const hides = hidesAnything(types, record);
  return {
    id,
    projection,
    topic,
    partition,
    offset,
    key: key !== null && isUtf8(key) ? Buffer.from(key).toString() : undefined,
    timestamp: new Date(timestamp),
    code,
    reason: shownReason(letter, hides),
    waiting,
    eventType: eventType?.fullName,
    payload: decoded && eventType && payloadToJson(eventType.record, decoded.payload, hiddenFields(eventType)),
    // Nobody knows which of the bytes are of a hidden field.
    bytes: decoded === undefined && !hides && value !== null ? value : undefined,
    cursor: seal([projection, topic, partition, offset, id]),
  };
}

/** Whether the record may be an event with fields that nobody is shown. */
export function hidesAnything(types: LetterTypes, record: LogRecord): boolean {
  return typesOf(types, record).some((type: EventType) => hiddenFields(type).size > 0);
}

/** A reason: a rule's own message may name values, so that it isn't told where some are hidden. */
export function shownReason({ code, reason }: Pick<StoredLetter, "code" | "reason">, hides: boolean): string {
  if (!hides || SAYS_NO_VALUE.has(code)) return reason;
  return `It can't be applied (${code}). Why is not told, for its event may have hidden fields: see the server's log.`;
}

/** Reads a cursor; undefined where it is none. */
export function placeOf(cursor: string): LetterPlace | undefined {
  const sealed: unknown = unseal(cursor);
  if (!Array.isArray(sealed)) return undefined;
  const [projection, topic, partition, offset, id]: unknown[] = sealed;
  if (typeof projection !== "string" || typeof topic !== "string" || typeof id !== "string") return undefined;
  if (typeof partition !== "number" || typeof offset !== "number") return undefined;
  return [projection, topic, partition, offset, id];
}
