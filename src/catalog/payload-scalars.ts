import { Decimal } from "../model/decimal.ts";
import type { Value } from "../model/value.ts";
import { decimalValue, digitsOf, unscaledOf } from "./avro/decimal.ts";
import { DAY_MS, dateOfMillis, microsOfMillis, narrow } from "./avro/temporal.ts";
import { isUuid } from "./avro/uuid.ts";
import type { ValueType } from "./types.ts";

/** Types whose JSON is text, a number or a boolean. */
export type ScalarType = Exclude<ValueType, { readonly kind: "record" | "array" | "map" | "union" | "enum" }>;

/** A scalar's JSON in the stored form; undefined where it isn't one of the type. */
export function parseScalar(type: ScalarType, json: unknown): Value | undefined {
  switch (type.kind) {
    case "null":
      return json === null ? null : undefined;
    case "boolean":
      return typeof json === "boolean" ? json : undefined;
    case "int":
      return typeof json === "number" && (json | 0) === json ? json : undefined;
    case "long":
      return parseLong(json);
    case "float":
    case "double":
      return typeof json === "number" ? json : parseUnwritable(json);
    case "string":
      return typeof json === "string" ? json : undefined;
    case "uuid":
      return typeof json === "string" && isUuid(json) ? json : undefined;
    case "bytes":
      return parseBytes(json);
    case "fixed":
      return lengthIs(type.size, parseBytes(json));
    case "decimal":
      return parseDecimal(type.precision, type.scale, json);
    default:
      return parseTemporal(type.kind, json);
  }
}

/** A stored scalar as JSON: what {@link parseScalar} reads back to the same value. */
export function scalarToJson(type: ScalarType, value: Value): unknown {
  if (typeof value === "bigint") return longToJson(type.kind, value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return dateToText(type.kind, value);
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return UNWRITABLE.find(([, number]) => Object.is(number, value))?.[0];
  if (value instanceof Decimal) return value.text;
  return type.kind === "time-millis" && isTimeOfDay(value, DAY_MS) ? timeToText(value * 1000).slice(0, -3) : value;
}

/** JSON's numbers are doubles to most who read them. */
function longToJson(kind: ScalarType["kind"], value: bigint): unknown {
  const number = narrow(value);
  if (kind === "time-micros" && isTimeOfDay(number, DAY_MS * 1000)) return timeToText(number);
  if (kind.includes("timestamp")) return microsToText(kind, value);
  return typeof number === "number" ? number : String(number);
}

/** Numbers that JSON has no way to write, as text. */
const UNWRITABLE = [
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
] as const;

function parseUnwritable(json: unknown): number | undefined {
  return UNWRITABLE.find(([text]) => text === json)?.[1];
}

function parseLong(json: unknown): bigint | undefined {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : undefined;
  if (typeof json !== "string" || !/^[+-]?\d{1,19}$/.test(json)) return undefined;
  const value = BigInt(json.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function parseBytes(json: unknown): Uint8Array | undefined {
  if (typeof json !== "string" || !/^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/.test(json)) return undefined;
  return new Uint8Array(Buffer.from(json, "base64"));
}

function lengthIs(size: number, bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes?.length === size ? bytes : undefined;
}

function parseDecimal(precision: number, scale: number, json: unknown): Decimal | string | undefined {
  const text = typeof json === "number" ? String(json) : json;
  const unscaled = typeof text === "string" ? unscaledOf(text, scale) : undefined;
  if (unscaled === undefined || digitsOf(unscaled) > precision) return undefined;
  return decimalValue(unscaled, { precision, scale });
}

type TemporalKind = Extract<ScalarType["kind"], `${string}${"date" | "time"}${string}`>;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/;

function parseTemporal(kind: TemporalKind, json: unknown): Value | undefined {
  if (typeof json !== "string" || /^-?\d+$/.test(json)) return temporalOfNumber(kind, parseLong(json));
  if (kind === "date") return DATE.test(json) ? dateOf(`${json}T00:00:00Z`) : undefined;
  if (kind === "time-millis" || kind === "time-micros") return parseTime(kind, json);
  return parseDateTime(kind, json);
}

/** As Avro has it: days, ms or µs. */
function temporalOfNumber(kind: TemporalKind, number: bigint | undefined): Value | undefined {
  if (number === undefined || kind.endsWith("micros")) return number;
  if (kind === "time-millis") return number >= 0n && number < DAY_MS ? Number(number) : undefined;
  return dateOfMillis(kind === "date" ? Number(number) * DAY_MS : number);
}

function parseTime(kind: "time-millis" | "time-micros", text: string): number | bigint | undefined {
  const [matched, hours, minutes, seconds, fraction = ""] = TIME.exec(text) ?? [];
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  if (matched === undefined || h > 23 || m > 59 || s > 59) return undefined;
  const micros = ((h * 60 + m) * 60 + s) * 1_000_000 + Number(fraction.padEnd(6, "0"));
  if (kind === "time-micros") return BigInt(micros);
  return micros % 1000 === 0 ? micros / 1000 : undefined;
}

function parseDateTime(kind: TemporalKind, text: string): Value | undefined {
  const [matched, seconds, fraction = "", zone] = DATE_TIME.exec(text) ?? [];
  const local = kind.startsWith("local-");
  if (matched === undefined || local !== (zone === undefined)) return undefined;
  const whole = dateOf(`${seconds ?? ""}${local ? "Z" : zone}`);
  const micros = Number(fraction.padEnd(6, "0"));
  if (whole === undefined) return undefined;
  if (kind.endsWith("micros")) return microsOfMillis(whole.getTime()) + BigInt(micros);
  return micros % 1000 === 0 ? new Date(whole.getTime() + micros / 1000) : undefined;
}

function dateOf(iso: string): Date | undefined {
  const date = new Date(iso);
  // A day that its month doesn't have would become one of the next month.
  const day = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  const exists = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso.slice(0, 10));
  return exists && !Number.isNaN(date.getTime()) ? date : undefined;
}

function dateToText(kind: string, date: Date): string {
  const iso = date.toISOString();
  if (kind === "date")
    return iso.startsWith("+") || iso.startsWith("-") ? String(date.getTime() / DAY_MS) : iso.slice(0, 10);
  return /^[+-]/.test(iso) ? String(date.getTime()) : iso.replace(kind.startsWith("local-") ? /Z$/ : /^$/, "");
}

function isTimeOfDay(value: Value, end: number): value is number {
  return typeof value === "number" && value >= 0 && value < end;
}

/** A time of day of µs, with six digits after the second. */
function timeToText(micros: number): string {
  const text = new Date(Math.floor(micros / 1000)).toISOString().slice(11, 23);
  return `${text}${String(micros % 1000).padStart(3, "0")}`;
}

/** Where ISO 8601 has no text for it, Avro's number. */
function microsToText(kind: string, micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const date = dateOfMillis((micros - rest) / 1000n);
  const iso = date?.toISOString() ?? "";
  if (!/^\d{4}-/.test(iso)) return micros.toString();
  return `${iso.slice(0, -1)}${rest.toString().padStart(3, "0")}${kind.startsWith("local-") ? "" : "Z"}`;
}
