import type { CommandType, RecordField } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import { newId } from "../../model/new-id.ts";
import type { Payload, Value } from "../../model/value.ts";
import type { EventPlan } from "../plan-mutations.ts";
import type { ConvertFields, Problem } from "../types/convert-input.ts";

/** An event's payload and the id that it is appended to; no id: the appender makes one. */
export interface NewEvent {
  readonly id: string | undefined;
  readonly payload: Payload;
}

/** Which event an input is of. */
interface EventOptions {
  /** Undefined: none is given. */
  readonly id: string | undefined;
  /** Where id and input stand in the arguments; default: they are arguments, and paths are those within the input. */
  readonly place?: Problem["path"];
  /** Makes an id for an event that holds its own; default: a UUIDv7. */
  readonly makeId?: () => string;
}

/**
 * Makes an event's payload of a mutation's input; fields that hold the key get the id.
 * @throws EventQLError `EVENT_INVALID` with the path of each part that doesn't fit.
 */
export function eventOf(
  { eventType, keyFields }: Pick<EventPlan, "eventType" | "keyFields">,
  convert: ConvertFields,
  input: unknown,
  { id, place, makeId = newId }: EventOptions,
): NewEvent {
  const ofInput: Problem[] = [];
  const ofKey: Problem[] = [];
  const payload = convert(input, ofInput);
  const known = id ?? (keyFields.length > 0 ? makeId() : undefined);
  const keys = keyFields.map((field) => [field.name, keyValue(field, known ?? "", ofKey)] as const);
  const within = place === undefined ? [] : [...place, "input"];
  demandFit(eventType.fullName, [...below(within, ofInput), ...below(place ?? [], ofKey)]);
  return { id: known, payload: { ...payload, ...Object.fromEntries(keys) } };
}

/**
 * Makes a command's payload of a mutation's input.
 * @throws EventQLError `EVENT_INVALID` with the path of each part that doesn't fit.
 */
export function commandOf(
  { fullName }: Pick<CommandType, "fullName">,
  convert: ConvertFields,
  input: unknown,
): Payload {
  const problems: Problem[] = [];
  const payload = convert(input, problems);
  demandFit(fullName, problems);
  return payload;
}

function below(place: Problem["path"], problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ path, reason }) => ({ path: [...place, ...path], reason }));
}

function demandFit(type: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const listed = problems.map(({ path, reason }) => `${pathText(path)} ${reason}`);
  throw new EventQLError("EVENT_INVALID", `The input doesn't fit ${type}: ${listed.join("; ")}.`, {
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
