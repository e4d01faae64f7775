import {
  GraphQLBoolean,
  type GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  GraphQLUnionType,
} from "graphql";
import type { EnumType, RecordType, TypeRef, UnionType, ValueType } from "../../catalog/types.ts";
import type { Value } from "../../model/value.ts";
import type { GraphQLContext } from "../context.ts";
import { memoized } from "../memo.ts";
import { planFields } from "../plan.ts";
import type { TypeNames } from "../plan-types.ts";
import { MEMBER, converter } from "./convert-output.ts";
import { buildEnum } from "./enum.ts";
import { scalarCodec } from "./scalar-codec.ts";

/** Anything that has stored values by name: a document, a record. */
type StoredFields = Readonly<Record<string, Value | undefined>>;

type StoredField = GraphQLFieldConfig<StoredFields, GraphQLContext>;
type ObjectFields = GraphQLFieldConfigMap<StoredFields, GraphQLContext>;

/** What a field says of itself. */
interface FieldNotes {
  readonly description: string | undefined;
  readonly deprecationReason?: string | undefined;
}

/** The output types of a schema, each made once. */
export interface OutputTypes {
  /** The type of a value where it is used. */
  of(ref: TypeRef): GraphQLOutputType;
  /** A field that shows the value that is stored under a name, or else under the first of its older ones. */
  field(stored: string, ref: TypeRef, notes: FieldNotes, older?: readonly string[]): StoredField;
  /** What shows the value that is stored under a name, or else under the first of its older ones; an absent one is null. */
  reader(stored: string, ref: TypeRef, older?: readonly string[]): (fields: StoredFields) => unknown;
  enum(type: EnumType): GraphQLEnumType;
}

/** Makes the output types of a schema. */
export function outputTypes(names: TypeNames): OutputTypes {
  const enums = new Map<string, GraphQLEnumType>();
  const objects = new Map<string, GraphQLObjectType>();
  const unions = new Map<string, GraphQLUnionType>();
  const convert = converter(names);
  const objectOf = (name: string, make: (name: string) => GraphQLObjectType): GraphQLObjectType =>
    memoized(objects, name, () => make(name));
  const recordOf = (type: RecordType): GraphQLObjectType =>
    objectOf(names.of(type).output, (name) => buildRecord(name, type, types));
  const memberOf = (type: ValueType): GraphQLObjectType =>
    type.kind === "record" ? recordOf(type) : objectOf(names.box(type), (name) => buildBox(name, type, types));
  const unionOf = (type: UnionType): GraphQLUnionType =>
    memoized(unions, names.of(type).output, () => buildUnion(names.of(type).output, type, memberOf));
  const entryOf = (values: TypeRef): GraphQLObjectType =>
    objectOf(names.entry(values).output, (name) => buildEntry(name, values, types));
  const bare = (type: ValueType): GraphQLOutputType => {
    if (type.kind === "enum") return types.enum(type);
    if (type.kind === "record") return recordOf(type);
    if (type.kind === "union") return unionOf(type);
    if (type.kind === "array") return new GraphQLList(types.of(type.items));
    return type.kind === "map" ? new GraphQLList(new GraphQLNonNull(entryOf(type.values))) : scalarCodec(type).scalar;
  };
  const types: OutputTypes = {
    of: ({ type, nullable }) => (nullable || type.kind === "null" ? bare(type) : new GraphQLNonNull(bare(type))),
    field: (stored, ref, { description, deprecationReason }, older) => {
      const read = types.reader(stored, ref, older);
      return { type: types.of(ref), description, deprecationReason, resolve: (fields) => read(fields) };
    },
    reader: (stored, ref, older = []) => {
      const convertValue = convert(ref);
      const names = [stored, ...older];
      return (fields) => {
        const name = names.find((each) => Object.hasOwn(fields, each));
        return convertValue((name === undefined ? null : fields[name]) ?? null);
      };
    },
    enum: (type) => memoized(enums, names.of(type).output, () => buildEnum(type, names.of(type).output)),
  };
  return types;
}

/** The field of what has none: GraphQL demands one. */
export const emptyField: { readonly type: typeof GraphQLBoolean; readonly description: string } = {
  type: GraphQLBoolean,
  description: "Stands where the Avro record has no fields; always null.",
};

function buildRecord(name: string, record: RecordType, types: OutputTypes): GraphQLObjectType {
  return new GraphQLObjectType<StoredFields, GraphQLContext>({
    name,
    description: record.doc ?? `The Avro record ${record.fullName}.`,
    fields: () => recordFields(record, types),
  });
}

function recordFields(record: RecordType, types: OutputTypes): ObjectFields {
  const fields: ObjectFields = {};
  const plans = planFields(record.fields);
  for (const { field, name } of plans)
    fields[name] = types.field(field.name, field.type, { description: field.doc }, field.aliases);
  for (const { field, name, aliases } of plans)
    for (const alias of aliases)
      fields[alias] = types.field(
        field.name,
        field.type,
        { description: field.doc, deprecationReason: `Renamed to ${name}.` },
        field.aliases,
      );
  return plans.length === 0 ? { _empty: { ...emptyField, resolve: () => null } } : fields;
}

function buildBox(name: string, type: ValueType, types: OutputTypes): GraphQLObjectType {
  return new GraphQLObjectType({
    name,
    description: "A value in a union that is no record.",
    fields: { value: { type: types.of({ type, nullable: false }), description: "The value." } },
  });
}

function buildEntry(name: string, values: TypeRef, types: OutputTypes): GraphQLObjectType {
  return new GraphQLObjectType({
    name,
    description: "An entry of a map. Entries are sorted by their keys.",
    fields: () => ({
      key: { type: new GraphQLNonNull(GraphQLString), description: "The key, once in a map." },
      value: { type: types.of(values), description: "The value." },
    }),
  });
}

function buildUnion(
  name: string,
  { branches }: UnionType,
  memberOf: (type: ValueType) => GraphQLObjectType,
): GraphQLUnionType {
  return new GraphQLUnionType({
    name,
    description: `Either of: ${branches.map(({ tag }) => tag).join(", ")}.`,
    types: () => [...new Set(branches.map(({ type }) => memberOf(type)))],
    resolveType: (member: { readonly [MEMBER]: string }) => member[MEMBER],
  });
}
