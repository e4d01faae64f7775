import { describeValue } from "../catalog/codec/describe.ts";
import { didYouMean } from "../catalog/problems.ts";
import type { EnumType, RecordField, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";
import { memoized } from "../graphql/memo.ts";
import { planFields } from "../graphql/plan.ts";
import { enumNames } from "../graphql/types/enum.ts";
import { isOptional } from "../graphql/types/input.ts";
import { type ScalarValueType, scalarCodec } from "../graphql/types/scalar-codec.ts";
import { planUnionFields } from "../graphql/types/union-fields.ts";
import { scalarText } from "./scalar-text.ts";

/** An object of a JSON text. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A part of a request that doesn't fit. */
export interface Misfit {
  /** From the body: `["address", "lines", 0]`. */
  readonly path: readonly (string | number)[];
  /** As it follows the path in a sentence. */
  readonly problem: string;
}

type Path = Misfit["path"];

/** What doesn't fit is told so far: a large body may have more than anybody reads. */
const MAX_MISFITS = 50;

/** How deep values may be within one another. */
const MAX_DEPTH = 250;

/** From JSON with Avro's names to a GraphQL variable; what doesn't fit is added to the misfits. */
type Read = (json: unknown, path: Path, misfits: Misfit[]) => unknown;

/** Reads the fields of a record out of an object. */
export type ReadFields = (json: JsonObject, misfits: Misfit[]) => JsonObject;

/**
 * Makes readers of JSON as people write it: Avro's names and symbols, a map as an object, a union's value as Avro's
 * `{"full.Name": …}`. Scalars are those of GraphQL, which gets them as they are. `suggests`: whether it may name fields that
 * the client didn't.
 */
export function jsonReader(suggests: boolean): (fields: readonly RecordField[]) => ReadFields {
  const records = new Map<RecordType, ReturnType<typeof recordReader>>();
  const of = ({ type, nullable }: TypeRef): Read => {
    const read = bare(type);
    return (json, path, misfits) => {
      if (path.length > MAX_DEPTH) return refuse(misfits, path.slice(0, 1), `is nested more than ${MAX_DEPTH} deep`);
      if (json !== null) return read(json, path, misfits);
      return nullable || type.kind === "null" ? null : refuse(misfits, path, "may not be null");
    };
  };
  const bare = (type: ValueType): Read => {
    if (type.kind === "array") return listReader(of(type.items));
    if (type.kind === "map") return mapReader(of(type.values));
    if (type.kind === "union") return unionReader(type, of);
    if (type.kind === "enum") return enumReader(type);
    if (type.kind !== "record") return scalarReader(type);
    return (json, path, misfits) => {
      if (!isObject(json)) return refuse(misfits, path, mustBe("an object", json));
      return memoized(records, type, () => recordReader(type.fields, of, suggests))(json, path, misfits);
    };
  };
  return (fields) => {
    const read = recordReader(fields, of, suggests);
    return (json, misfits) => read(json, [], misfits);
  };
}

/** Whether a JSON value is an object. */
export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** A path as people write it: `address.lines[0]`. */
export function pathText(path: Path): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return text.replace(/^\./, "");
}

function recordReader(
  fields: readonly RecordField[],
  of: (ref: TypeRef) => Read,
  suggests: boolean,
): (json: JsonObject, path: Path, misfits: Misfit[]) => JsonObject {
  const readers = planFields(fields).map(({ field, name }) => ({
    field,
    name,
    names: [field.name, ...olderNames(field, fields)],
    read: of(field.type),
  }));
  const known = readers.map(({ field }) => field.name);
  const all = new Set(readers.flatMap(({ names }) => names));
  return (json, path, misfits) => {
    const input: [string, unknown][] = [];
    for (const { field, name, names, read } of readers) {
      const [used, ...more] = names.filter((candidate) => Object.hasOwn(json, candidate));
      if (more.length > 0) refuse(misfits, [...path, field.name], `is given twice, as ${names.join(" and ")}`);
      if (used !== undefined) input.push([name, read(json[used], [...path, used], misfits)]);
      else if (!isOptional(field))
        refuse(misfits, [...path, field.name], `is missing: give ${wanted(field.type.type)}`);
    }
    for (const name of Object.keys(json))
      if (!all.has(name) && misfits.length < MAX_MISFITS)
        refuse(misfits, [...path, name], `is no field${suggests ? ` (${didYouMean(name, known)})` : ""}`);
    return Object.fromEntries(input);
  };
}

/** What a field was called, where nothing else has the name. */
export function olderNames({ aliases }: RecordField, beside: readonly RecordField[]): readonly string[] {
  const taken = new Set(beside.map(({ name }) => name));
  return [...new Set(aliases)].filter((alias) => !taken.has(alias));
}

function listReader(read: Read): Read {
  return (json, path, misfits) => {
    if (!Array.isArray(json)) return refuse(misfits, path, mustBe("a list", json));
    return json.map((item: unknown, index) => read(item, [...path, index], misfits));
  };
}

function mapReader(read: Read): Read {
  return (json, path, misfits) => {
    if (!isObject(json)) return refuse(misfits, path, mustBe("an object", json));
    return Object.entries(json).map(([key, value]) => ({ key, value: read(value, [...path, key], misfits) }));
  };
}

function unionReader(union: UnionType, of: (ref: TypeRef) => Read): Read {
  const branches = new Map(
    planUnionFields(union).map(({ name, branch: { tag, type } }) => [
      tag,
      { name, read: of({ type, nullable: false }) },
    ]),
  );
  const expected = wanted(union);
  return (json, path, misfits) => {
    const entries = isObject(json) ? Object.entries(json) : [];
    const [entry] = entries;
    const branch = branches.get(entry?.[0] ?? "");
    if (entry === undefined || branch === undefined || entries.length > 1)
      return refuse(misfits, path, mustBe(expected, json));
    return { [branch.name]: branch.read(entry[1], [...path, entry[0]], misfits) };
  };
}

function enumReader(type: EnumType): Read {
  const names = enumNames(type.symbols);
  return (json, path, misfits) =>
    (typeof json === "string" ? names.get(json) : undefined) ?? refuse(misfits, path, mustBe(wanted(type), json));
}

function scalarReader(type: ScalarValueType): Read {
  const codec = scalarCodec(type);
  return (json, path, misfits) => {
    const parsed = attempt(() => codec.scalar.parseValue(json));
    if (parsed === undefined) return refuse(misfits, path, mustBe(wanted(type), json));
    // What fits the scalar may still be more than the type holds.
    codec.toStored(parsed.value, (reason) => refuse(misfits, path, reason));
    return json;
  };
}

function attempt<T>(parse: () => T): { readonly value: T } | undefined {
  try {
    return { value: parse() };
  } catch {
    // A scalar throws for what is none of it, and for nothing else.
    return undefined;
  }
}

/** What a type takes, in words. */
function wanted(type: ValueType): string {
  switch (type.kind) {
    case "record":
    case "map":
      return "an object";
    case "array":
      return "a list";
    case "enum":
      return `one of ${type.symbols.join(", ")}`;
    case "union":
      return `an object with one of ${type.branches.map(({ tag }) => tag).join(", ")}`;
    default:
      return scalarText(type);
  }
}

function mustBe(expected: string, json: unknown): string {
  const text = typeof json === "string" && json.length <= 40 ? JSON.stringify(json) : describeValue(json);
  return `must be ${expected}, not ${typeof json === "number" ? String(json) : text}`;
}

function refuse(misfits: Misfit[], path: Path, problem: string): null {
  if (misfits.length < MAX_MISFITS) misfits.push({ path, problem });
  return null;
}
