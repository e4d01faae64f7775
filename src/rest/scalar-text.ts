import type { ScalarKind } from "../catalog/scalar-kind.ts";
import type { ScalarValueType } from "../graphql/types/scalar-codec.ts";

const TEXTS: Readonly<Record<ScalarKind, string>> = {
  null: "null",
  boolean: "true or false",
  int: "a whole number of 32 bits",
  long: "a whole number of 64 bits, as a number up to 2^53 or as a text",
  float: "a number",
  double: "a number",
  string: "a text",
  bytes: "a text of padded Base64",
  uuid: "a UUID",
  date: "a date such as 2024-05-17",
  "time-millis": "a time of day such as 13:45:30.123",
  "time-micros": "a time of day such as 13:45:30.123456",
  "timestamp-millis": "a moment with its offset, such as 2024-05-17T13:45:30.123Z",
  "timestamp-micros": "a moment with its offset, such as 2024-05-17T13:45:30.123456Z",
  "local-timestamp-millis": "a date and time without an offset, such as 2024-05-17T13:45:30.123",
  "local-timestamp-micros": "a date and time without an offset, such as 2024-05-17T13:45:30.123456",
};

/** What a scalar is in JSON, in words. */
export function scalarText(type: ScalarValueType): string {
  if (type.kind === "fixed") return `a text of padded Base64 of ${type.size} bytes`;
  if (type.kind === "decimal") return 'a decimal number as a text, such as "12.50"';
  return TEXTS[type.kind];
}

/** A parameter's text as the JSON of a type; one that isn't of the type stays a text, which its reader refuses. */
export function textToJson(kind: string, text: string): unknown {
  if (kind === "boolean") return SWITCH.get(text) ?? text;
  const isNumber = kind === "int" || kind === "float" || kind === "double";
  return isNumber && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

const SWITCH = new Map([
  ["true", true],
  ["false", false],
]);
