import type { EventType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";

/** A payload whose key is known as far as the caller gave it. */
export interface KeyedPayload {
  /** Undefined: the caller gave none, neither beside the payload nor in it. */
  readonly id: string | undefined;
  /** The payload with the id in each field that holds it. */
  readonly json: (id: string) => unknown;
}

/**
 * Settles the key of an event: fields that hold it may be left out, and say it where it isn't given otherwise.
 * @throws EventQLError `EVENT_INVALID` where they say something else.
 */
export function keyedPayload(eventType: EventType, id: string | undefined, payload: unknown): KeyedPayload {
  const fields = eventType.fields.filter(({ key }) => key).map(({ field }) => field);
  if (fields.length === 0 || !isObject(payload)) return { id, json: () => payload };
  let known = id;
  for (const { name } of fields) {
    const given = payload[name];
    if (given === undefined) continue;
    const text = typeof given === "string" || typeof given === "number" ? String(given) : undefined;
    known ??= text;
    if (text !== known) throw otherKey(eventType, name, known);
  }
  const json = (key: string): unknown => ({
    ...payload,
    ...Object.fromEntries(fields.map(({ name, type }) => [name, type.type.kind === "int" ? Number(key) : key])),
  });
  return { id: known, json };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function otherKey({ fullName }: EventType, field: string, id: string | undefined): EventQLError {
  const problem = `${field}: it holds the event's key, and must be ${id === undefined ? "a text or a number" : JSON.stringify(id)}`;
  return new EventQLError("EVENT_INVALID", `The event ${fullName} does not fit its schema: ${problem}.`, {
    details: { eventType: fullName, problems: [problem] },
  });
}
