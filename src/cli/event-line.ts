import { z } from "zod";
import { EventQLError, messageOf } from "../errors.ts";
import type { LineShape } from "./produce-request.ts";

/** What a line of JSON asks to append. */
export interface EventLine {
  /** Undefined: a new one is made. */
  readonly key: string | undefined;
  /** The event type's name, where the line or a flag says it. */
  readonly schema: string | undefined;
  /** The payload as JSON; null: a tombstone. */
  readonly value: unknown;
  /** The payload's field that the key was taken from. */
  readonly keyField: string | undefined;
}

const ENVELOPE = '{"key": "…", "schema": "…", "value": {…} or null}';

const Envelope = z.strictObject({
  key: z.string().optional(),
  schema: z.string().optional(),
  value: z.record(z.string(), z.unknown()).nullable(),
  // Where an event was, as `eventql tail` says it: it will be somewhere else.
  _meta: z.unknown().optional(),
});

const Fields = z.record(z.string(), z.unknown());

/** Reads a line that carries key and event. @throws EventQLError `BAD_USER_INPUT`. */
export function readLine(line: string, { schema, keyField }: LineShape): EventLine {
  if (keyField !== undefined) return readPayload(line, { schema, keyField });
  const envelope = Envelope.safeParse(readJson(line));
  if (!envelope.success) {
    throw bad(
      `The line is not of the form ${ENVELOPE}: for plain payloads name the field of the key with --key-field.`,
    );
  }
  const { key, value } = envelope.data;
  if (value === null && key === undefined) throw bad("A tombstone (value null) needs a key.");
  return { key, schema: envelope.data.schema ?? schema, value, keyField: undefined };
}

/** Reads a payload that stands alone. @throws EventQLError `BAD_USER_INPUT`. */
export function readPayload(text: string, { schema, keyField }: LineShape): EventLine {
  const fields = Fields.safeParse(readJson(text));
  if (!fields.success) throw bad('The event is not a JSON object: give its fields, as in \'{"first_name":"Ada"}\'.');
  const key = keyField === undefined ? undefined : keyIn(fields.data, keyField);
  return { key, schema, value: fields.data, keyField };
}

function keyIn(fields: Readonly<Record<string, unknown>>, keyField: string): string {
  const key = fields[keyField];
  if (typeof key === "string" || typeof key === "number") return String(key);
  throw bad(`The event has no text or number in its field ${keyField}, where the key should be.`);
}

/** Reads JSON with whole numbers beyond 2⁵³ kept exact, as text. @throws EventQLError `BAD_USER_INPUT`. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text, exactNumber);
  } catch (error) {
    throw bad(`The event is not JSON: ${messageOf(error)}.`);
  }
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
