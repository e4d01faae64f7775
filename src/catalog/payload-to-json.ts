import type { Payload, Value } from "../model/value.ts";
import { scalarToJson } from "./payload-scalars.ts";
import type { RecordType, TypeRef, ValueType } from "./types.ts";

/**
 * An event's fields as JSON for people, as `parsePayload` reads it back. `hidden` names the event's own fields to leave
 * out.
 */
export function payloadToJson(
  record: RecordType,
  payload: Payload,
  hidden: ReadonlySet<string> = new Set(),
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    record.fields
      .filter(({ name }) => !hidden.has(name) && payload[name] !== undefined)
      .map(({ name, type }) => [name, refToJson(type, payload[name] ?? null)]),
  );
}

function refToJson({ type }: TypeRef, value: Value): unknown {
  return value === null ? null : valueToJson(type, value);
}

function valueToJson(type: ValueType, value: Value): unknown {
  switch (type.kind) {
    case "record":
      return isObject(value) ? payloadToJson(type, value) : value;
    case "array":
      return isList(value) ? value.map((item) => refToJson(type.items, item)) : value;
    case "map":
      return isList(value) ? Object.fromEntries(value.map((entry) => entryToJson(type.values, entry))) : value;
    case "union":
      return isObject(value) ? taggedToJson(type.branches, value) : value;
    case "enum":
      return value;
    default:
      return scalarToJson(type, value);
  }
}

function entryToJson(values: TypeRef, entry: Value): readonly [string, unknown] {
  if (!isObject(entry)) return ["", null];
  const { key, value } = entry;
  return [typeof key === "string" ? key : "", refToJson(values, value ?? null)];
}

function taggedToJson(
  branches: readonly { readonly tag: string; readonly type: ValueType }[],
  { _type: tag, value }: Payload,
): unknown {
  const branch = branches.find((each) => each.tag === tag);
  return branch === undefined
    ? null
    : { [branch.tag]: refToJson({ type: branch.type, nullable: false }, value ?? null) };
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isObject(value: Value): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
