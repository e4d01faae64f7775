import type { Payload, Value } from "../model/value.ts";
import { invalidEvent } from "./codec/encode-event.ts";
import { describeValue } from "./codec/describe.ts";
import { typeText } from "./merge-types.ts";
import { parseScalar } from "./payload-scalars.ts";
import { didYouMean } from "./problems.ts";
import type { RecordType, TypeRef, UnionType, ValueType, WrittenType } from "./types.ts";

/**
 * Reads an event that a person wrote as JSON: Avro's names; longs as numbers or text; dates and times as ISO 8601, or
 * as Avro's number; bytes in base64; decimals as text or numbers; a map as an object; a union's value as Avro's
 * `{"full.Name": …}`, or as `{"_type": "full.Name", "value": …}`. Fields that have a default, or may be null, may be
 * left out.
 * @throws EventQLError `EVENT_INVALID` naming every field that does not fit, by its path.
 */
export function parsePayload(eventType: Pick<WrittenType, "fullName" | "record">, json: unknown): Payload {
  const problems: string[] = [];
  const payload = isObject(json) ? parseRecord(eventType.record, json, { path: "", problems, depth: 0 }) : undefined;
  if (payload === undefined) problems.push(`the event: expected an object, got ${describeValue(json)}`);
  if (payload === undefined || problems.length > 0) throw invalidEvent(eventType, problems);
  return payload;
}

interface Place {
  readonly path: string;
  readonly problems: string[];
  /** How many values this one is within. */
  readonly depth: number;
}

/** Problems that are told of one event: a large one may have more than anybody reads. */
const MAX_PROBLEMS = 50;

/** How deep values may be within one another. */
const MAX_DEPTH = 250;

type JsonObject = Readonly<Record<string, unknown>>;

function parseRecord(record: RecordType, json: JsonObject, { path, problems, depth }: Place): Payload {
  const prefix = path === "" ? "" : `${path}.`;
  const payload: Record<string, Value> = {};
  for (const field of record.fields) {
    const given = [field.name, ...field.aliases].find((name) => Object.hasOwn(json, name) && json[name] !== undefined);
    const place = { path: `${prefix}${given ?? field.name}`, problems, depth: depth + 1 };
    if (given !== undefined) payload[field.name] = parseRef(field.type, json[given], place);
    else if (field.default === undefined && !field.type.nullable)
      refuse(place, () => `expected ${expected(field.type)}, got nothing`);
  }
  const names = record.fields.map(({ name }) => name);
  const known = new Set(record.fields.flatMap(({ name, aliases }) => [name, ...aliases]));
  for (const name of Object.keys(json))
    if (!known.has(name))
      refuse({ path: `${prefix}${name}`, problems }, () => `no such field. ${didYouMean(name, names)}`);
  return payload;
}

function parseRef({ type, nullable }: TypeRef, json: unknown, place: Place): Value {
  if (json === null && (nullable || type.kind === "null")) return null;
  if (place.depth > MAX_DEPTH) {
    const [path = ""] = place.path.split(/[.[]/);
    refuse({ ...place, path }, () => `it is nested more than ${MAX_DEPTH} deep`);
    return null;
  }
  const value = parseValue(type, json, place);
  if (value !== undefined) return value;
  refuse(place, () => `expected ${expected({ type, nullable })}, got ${describeValue(json)}`);
  return null;
}

function refuse({ path, problems }: Pick<Place, "path" | "problems">, problem: () => string): void {
  if (problems.length < MAX_PROBLEMS) problems.push(`${path}: ${problem()}`);
}

function expected(ref: TypeRef): string {
  const text = ref.type.kind === "enum" ? `one of ${ref.type.symbols.join(", ")}` : typeText(ref);
  return ref.nullable ? `${text} or null` : text;
}

function parseValue(type: ValueType, json: unknown, place: Place): Value | undefined {
  switch (type.kind) {
    case "record":
      return isObject(json) ? parseRecord(type, json, place) : undefined;
    case "array":
      return isList(json) ? json.map((item, index) => parseRef(type.items, item, at(place, index))) : undefined;
    case "map":
      return isObject(json) ? parseMap(type.values, json, place) : undefined;
    case "union":
      return isObject(json) ? parseUnion(type, json, place) : undefined;
    case "enum":
      return type.symbols.find((symbol) => symbol === json);
    default:
      return parseScalar(type, json);
  }
}

function parseMap(values: TypeRef, json: JsonObject, place: Place): Value {
  return Object.entries(json)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item], index) => ({ key, value: parseRef(values, item, at(place, index)) }));
}

function parseUnion(union: UnionType, json: JsonObject, place: Place): Value | undefined {
  const tagged = typeof json["_type"] === "string";
  const [only, ...more] = Object.keys(json);
  const tag = tagged ? json["_type"] : more.length === 0 ? only : undefined;
  const branch = union.branches.find((each) => each.tag === tag);
  if (branch === undefined) return undefined;
  const value = tagged ? json["value"] : json[branch.tag];
  return { _type: branch.tag, value: parseRef({ type: branch.type, nullable: false }, value, place) };
}

function at({ path, problems, depth }: Place, index: number): Place {
  return { path: `${path}[${index}]`, problems, depth: depth + 1 };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
