import { payloadToJson } from "../../catalog/payload-to-json.ts";
import { parsePayload } from "../../catalog/payload-json.ts";
import { EventQLError } from "../../errors.ts";
import type { SettleLetter } from "../../model/dead-letter-administration.ts";
import { schemaTopicOf } from "../../projector/decode-batch.ts";
import type { StoredLetter } from "../../read-model/dead-letters.ts";
import { type LetterTypes, decodeLetter, hiddenFields, namedType, typesOf } from "./letter-types.ts";

/**
 * The bytes that take the place of a letter's event: the payload that is given, written with its type's newest schema.
 * @throws EventQLError `EVENT_INVALID` naming every field that doesn't fit, `BAD_USER_INPUT`.
 */
export async function fixedValue(
  types: LetterTypes,
  { record }: StoredLetter,
  { payload, bytes, type: name }: Pick<SettleLetter, "payload" | "bytes" | "type">,
): Promise<Uint8Array> {
  if ((payload === undefined) === (bytes === undefined))
    throw new EventQLError("BAD_USER_INPUT", "Give what takes the event's place: either its payload, or bytes.");
  if (bytes !== undefined) return bytes;
  const decoded = await decodeLetter(types, record);
  const own = decoded?.writer.eventType;
  const type =
    own !== undefined && name === undefined ? own : namedType(typesOf(types, record), schemaTopicOf(record), name);
  const kept =
    decoded !== undefined && own?.fullName === type.fullName
      ? hiddenOf(payloadToJson(own.record, decoded.payload), hiddenFields(own))
      : {};
  return types.codec.encode(type, parsePayload(type, isObject(payload) ? { ...kept, ...payload } : payload));
}

/** Nobody is shown them, so nobody can say them again. */
function hiddenOf(fields: Readonly<Record<string, unknown>>, hidden: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => hidden.has(name)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
