import type { Catalog, EnumType, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";
import { memoized } from "./memo.ts";
import { scalarCodec } from "./types/scalar-codec.ts";
import type { Names } from "./names.ts";
import { owners } from "./plan-names.ts";

/** The GraphQL names that come of one Avro type. */
interface TypeName {
  /** The object, union or enum. */
  readonly output: string;
  /** The input object; an enum's is the enum itself. */
  readonly input: string;
  /** The filter of a field of it. */
  readonly filter: string;
  /** The filter of a list of it. */
  readonly listFilter: string;
}

type NamedType = EnumType | RecordType | UnionType;
type ListType = Extract<ValueType, { kind: "array" | "map" }>;

/** The names of the types that values have, whatever aggregate they stand in. */
export interface TypeNames {
  of(type: NamedType): TypeName;
  /** The entries of a map, by its values; `listFilter` is the filter of the map. */
  entry(values: TypeRef): TypeName;
  /** The filter of a list of lists, or of maps, by what it is a list of. */
  list(items: ListType): string;
  /** The object that stands in a union for what is no record. */
  box(type: ValueType): string;
}

/** Names types as they are found. */
export interface TypeNamer extends TypeNames {
  /** Names what these records use and nothing has named before: after all that, so that they rename nothing. */
  include(records: readonly RecordType[]): void;
}

interface Found {
  readonly named: Map<string, NamedType>;
  readonly maps: TypeRef[];
  /** What lists hold that are of no name. */
  readonly lists: ListType[];
  readonly boxed: ValueType[];
}

/** Names all types that a catalog's columns and events use. `inputs` holds what event types have settled. */
export function planTypeNames(catalog: Catalog, names: Names, inputs: ReadonlyMap<RecordType, string>): TypeNamer {
  const named = new Map<string, TypeName>();
  const of = (type: NamedType): TypeName => named.get(keyOf(type)) ?? nameType(type, names, inputs);
  const entries = new Map<string, TypeName>();
  const lists = new Map<string, string>();
  const boxes = new Map<string, string>();
  const entry: TypeNames["entry"] = (values) => {
    const name = labelOf(values, of);
    const key = signature(values, of);
    const own = names.of(owners.map(key));
    return memoized(entries, key, () => ({
      output: own.take(`${name}Entry`),
      input: own.take(`${name}EntryInput`),
      filter: own.take(`${name}EntryFilter`),
      listFilter: own.take(`${name}MapFilter`),
    }));
  };
  const list: TypeNames["list"] = (items) => {
    const ref = { type: items, nullable: false };
    const key = signature(ref, of);
    return memoized(lists, key, () => names.of(owners.list(key)).take(`${labelOf(ref, of)}ListFilter`));
  };
  const box: TypeNames["box"] = (type) => {
    const ref = { type, nullable: false };
    const key = signature(ref, of);
    return memoized(boxes, key, () => names.of(owners.box(key)).take(`${labelOf(ref, of)}Box`));
  };
  const nameAll = (found: Found): void => {
    for (const [key, type] of [...found.named].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (!named.has(key)) named.set(key, nameType(type, names.of(owners.nested(type.graphqlName)), inputs));
    found.maps.forEach(entry);
    found.boxed.forEach(box);
    found.lists.forEach(list);
  };
  nameAll(findTypes(catalog));
  return { of, entry, list, box, include: (records) => nameAll(findIn(records)) };
}

/** What tells one named type from another: its kind and its name in the catalog. */
function keyOf(type: NamedType): string {
  return `${type.graphqlName} ${type.kind}`;
}

function nameType(type: NamedType, names: Names, inputs: ReadonlyMap<RecordType, string>): TypeName {
  const kind = type.kind.charAt(0).toUpperCase() + type.kind.slice(1);
  const output = names.take(type.graphqlName, `${type.graphqlName}${kind}`);
  const settled = type.kind === "record" ? inputs.get(type) : undefined;
  return {
    output,
    input: type.kind === "enum" ? output : (settled ?? names.take(`${output}Input`)),
    filter: names.take(`${output}Filter`),
    listFilter: names.take(`${output}ListFilter`),
  };
}

function findIn(records: readonly RecordType[]): Found {
  const found = nothing();
  for (const { fields } of records) for (const { type } of fields) visit(type.type, found);
  return found;
}

function nothing(): Found {
  return { named: new Map(), maps: [], lists: [], boxed: [] };
}

function findTypes(catalog: Catalog): Found {
  const found = nothing();
  for (const { columns, eventTypes } of catalog.aggregates) {
    for (const { hidden, type } of columns) if (!hidden) visit(type.type, found);
    for (const { record } of eventTypes) for (const { type } of record.fields) visit(type.type, found);
  }
  return found;
}

function visit(type: ValueType, found: Found): void {
  if (type.kind === "array") {
    const items = type.items.type;
    if (items.kind === "array" || items.kind === "map") found.lists.push(items);
    visit(items, found);
  }
  if (type.kind === "map") {
    found.maps.push(type.values);
    visit(type.values.type, found);
  }
  if (type.kind !== "enum" && type.kind !== "record" && type.kind !== "union") return;
  if (found.named.has(keyOf(type))) return;
  found.named.set(keyOf(type), type);
  if (type.kind === "record") for (const field of type.fields) visit(field.type.type, found);
  if (type.kind !== "union") return;
  for (const branch of type.branches) {
    if (branch.type.kind !== "record") found.boxed.push(branch.type);
    visit(branch.type, found);
  }
}

/** Tells types apart as GraphQL sees them. */
function signature({ type, nullable }: TypeRef, of: TypeNames["of"]): string {
  const mark = nullable ? "" : "!";
  if (type.kind === "array") return `[${signature(type.items, of)}]${mark}`;
  if (type.kind === "map") return `{${signature(type.values, of)}}${mark}`;
  return `${baseName(type, of)}${mark}`;
}

/** A name for a type that has none: `StringList`, `NullableLongMap`. */
function labelOf({ type, nullable }: TypeRef, of: TypeNames["of"]): string {
  const prefix = nullable ? "Nullable" : "";
  if (type.kind === "array") return `${prefix}${labelOf(type.items, of)}List`;
  if (type.kind === "map") return `${prefix}${labelOf(type.values, of)}Map`;
  return `${prefix}${baseName(type, of)}`;
}

function baseName(type: Exclude<ValueType, { kind: "array" | "map" }>, of: TypeNames["of"]): string {
  const isNamed = type.kind === "enum" || type.kind === "record" || type.kind === "union";
  return isNamed ? of(type).output : scalarCodec(type).scalar.name;
}
