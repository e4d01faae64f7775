import { v7 as uuidv7 } from "uuid";
import type { RecordField } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { Payload, Value } from "../../model/value.ts";
import type { EventPlan } from "../plan.ts";
import type { ConvertFields, Problem } from "../types/convert-input.ts";

/** An event's payload and the id that it is appended to; no id: the appender makes one. */
export interface NewEvent {
  readonly id: string | undefined;
  readonly payload: Payload;
}

/**
 * Makes an event's payload of a mutation's input; fields that hold the key get the id.
 * @throws EventQLError `EVENT_INVALID` with the path of each part that doesn't fit.
 */
export function eventOf(
  { eventType, keyFields }: Pick<EventPlan, "eventType" | "keyFields">,
  convert: ConvertFields,
  id: string | undefined,
  input: unknown,
): NewEvent {
  const problems: Problem[] = [];
  const payload = convert(input, problems);
  const known = id ?? (keyFields.length > 0 ? uuidv7() : undefined);
  const keys = keyFields.map((field) => [field.name, keyValue(field, known ?? "", problems)] as const);
  if (problems.length === 0) return { id: known, payload: { ...payload, ...Object.fromEntries(keys) } };
  const listed = problems.map(({ path, reason }) => `${pathText(path)} ${reason}`);
  throw new EventQLError("EVENT_INVALID", `The input doesn't fit ${eventType.fullName}: ${listed.join("; ")}.`, {
    details: { problems },
  });
}

function keyValue({ type }: RecordField, id: string, problems: Problem[]): Value {
  const { kind } = type.type;
  if (kind === "string" || kind === "uuid") return id;
  const isInteger = /^(?:0|-?[1-9]\d{0,18})$/.test(id);
  const long = isInteger ? BigInt(id) : 0n;
  const fits = isInteger && BigInt.asIntN(kind === "int" ? 32 : 64, long) === long;
  if ((kind === "int" || kind === "long") && fits) return kind === "int" ? Number(long) : long;
  const wanted = kind === "int" || kind === "long" ? "must be an integer: the key is one" : "can't be the event's key";
  problems.push({ path: ["id"], reason: wanted });
  return null;
}

function pathText(path: Problem["path"]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}
