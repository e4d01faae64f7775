import type { Value } from "../../model/value.ts";
import { bigintOfBytes, decimalValue } from "./decimal.ts";
import {
  type AvroNode,
  type FixedNode,
  type PrimitiveNode,
  type RecordNode,
  type UnionNode,
  branchName,
  valueBranches,
} from "./node.ts";
import { DAY_MS, dateOfMillis } from "./temporal.ts";
import { uuidOfBytes } from "./uuid.ts";

/**
 * A default in the stored form; undefined where there is none, or where it isn't one of the type: registries accept
 * such schemas, and then the field has no default.
 */
export function storedDefault(node: AvroNode, json: unknown): Value | undefined {
  return defaultOf(node, json, 0);
}

/** Records whose fields' defaults are records again, without end, aren't valid. */
const MAX_DEPTH = 64;

function defaultOf(node: AvroNode, json: unknown, depth: number): Value | undefined {
  if (json === undefined || depth > MAX_DEPTH) return undefined;
  const inner: Inner = (type, value) => defaultOf(type, value, depth + 1);
  switch (node.type) {
    case "union":
      return defaultOfUnion(node, json, inner);
    case "array":
      return Array.isArray(json) ? all(json.map((item: unknown) => inner(node.items, item))) : undefined;
    case "map":
      return defaultOfMap(node.values, json, inner);
    case "record":
      return defaultOfRecord(node, json, inner);
    case "enum":
      return node.symbols.find((symbol) => symbol === json);
    case "fixed":
      return defaultOfFixed(node, json);
    default:
      return withLogical(node, defaultOfPrimitive(node, json));
  }
}

type Inner = (node: AvroNode, json: unknown) => Value | undefined;

/** The specification had defaults of the first branch only, and has those of any since 1.12. */
function defaultOfUnion(union: UnionNode, json: unknown, inner: Inner): Value | undefined {
  for (const branch of union.branches) {
    const value = inner(branch, json);
    if (value === undefined) continue;
    return branch.type === "null" || valueBranches(union).length < 2 ? value : { _type: branchName(branch), value };
  }
  return undefined;
}

function defaultOfMap(values: AvroNode, json: unknown, inner: Inner): Value | undefined {
  if (!isObject(json)) return undefined;
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return all(
    entries.map(([key, item]) => {
      const value = inner(values, item);
      return value === undefined ? undefined : { key, value };
    }),
  );
}

function defaultOfRecord(record: RecordNode, json: unknown, inner: Inner): Value | undefined {
  if (!isObject(json)) return undefined;
  const stored: Record<string, Value> = {};
  for (const field of record.fields) {
    const value = inner(field.type, Object.hasOwn(json, field.name) ? json[field.name] : field.default);
    if (value === undefined) return undefined;
    stored[field.name] = value;
  }
  return stored;
}

function defaultOfFixed(node: FixedNode, json: unknown): Value | undefined {
  const bytes = bytesOf(json);
  return bytes?.length === node.size ? withLogical(node, bytes) : undefined;
}

function defaultOfPrimitive({ type }: PrimitiveNode, json: unknown): Value | undefined {
  switch (type) {
    case "null":
      return json === null ? null : undefined;
    case "boolean":
      return typeof json === "boolean" ? json : undefined;
    case "string":
      return typeof json === "string" ? json : undefined;
    case "bytes":
      return bytesOf(json);
    case "int":
      return typeof json === "number" && (json | 0) === json ? json : undefined;
    case "long":
      return typeof json === "number" && Number.isSafeInteger(json) ? json : undefined;
    case "float":
    case "double":
      return typeof json === "number" ? json : undefined;
  }
}

function withLogical({ type, logical }: PrimitiveNode | FixedNode, value: Value | undefined): Value | undefined {
  if (value instanceof Uint8Array && logical?.name === "decimal") return decimalValue(bigintOfBytes(value), logical);
  if (value instanceof Uint8Array && logical?.name === "uuid") return uuidOfBytes(value);
  if (typeof value !== "number") return value;
  switch (logical?.name) {
    case "date":
      return dateOfMillis(value * DAY_MS);
    case "timestamp-millis":
    case "local-timestamp-millis":
      return dateOfMillis(value);
    default:
      return type === "long" ? BigInt(value) : value;
  }
}

/** Avro's JSON has bytes as text whose characters are the bytes. */
function bytesOf(json: unknown): Uint8Array | undefined {
  if (typeof json !== "string") return undefined;
  const codes = Array.from(json, (character) => character.codePointAt(0) ?? 0);
  return codes.every((code) => code <= 0xff) ? Uint8Array.from(codes) : undefined;
}

function all(values: readonly (Value | undefined)[]): readonly Value[] | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
