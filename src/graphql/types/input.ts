import {
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import type { RecordField, RecordType, TypeRef, UnionType, ValueType } from "../../catalog/types.ts";
import { memoized } from "../memo.ts";
import { type FieldPlan, planFields } from "../plan.ts";
import type { CommandPlan, EventPlan } from "../plan-mutations.ts";
import type { TypeNames } from "../plan-types.ts";
import { type OutputTypes, emptyField } from "./output.ts";
import { scalarCodec } from "./scalar-codec.ts";
import { planUnionFields } from "./union-fields.ts";

/** The input types of a schema, each made once. */
export interface InputTypes {
  /** The type of a value where it is given. */
  of(ref: TypeRef): GraphQLInputType;
  /** The input of an event type: its record without the key. */
  event(plan: EventPlan): GraphQLInputObjectType;
  /** The input of a command type: its record. */
  command(plan: CommandPlan): GraphQLInputObjectType;
}

/** Makes the input types of a schema. */
export function inputTypes(names: TypeNames, outputs: OutputTypes): InputTypes {
  const made = new Map<string, GraphQLInputObjectType>();
  const recordOf = (type: RecordType): GraphQLInputObjectType => {
    const name = names.of(type).input;
    const description = `To write the Avro record ${type.fullName}.`;
    return memoized(made, name, () => buildRecord(name, type.doc ?? description, type.fields, types));
  };
  const unionOf = (type: UnionType): GraphQLInputObjectType =>
    memoized(made, names.of(type).input, () => buildUnion(names.of(type).input, type, types));
  const entryOf = (values: TypeRef): GraphQLInputObjectType =>
    memoized(made, names.entry(values).input, () => buildEntry(names.entry(values).input, values, types));
  const bare = (type: ValueType): GraphQLInputType => {
    if (type.kind === "enum") return outputs.enum(type);
    if (type.kind === "record") return recordOf(type);
    if (type.kind === "union") return unionOf(type);
    if (type.kind === "array") return new GraphQLList(types.of(type.items));
    return type.kind === "map" ? new GraphQLList(new GraphQLNonNull(entryOf(type.values))) : scalarCodec(type).scalar;
  };
  const types: InputTypes = {
    of: ({ type, nullable }) => (nullable || type.kind === "null" ? bare(type) : new GraphQLNonNull(bare(type))),
    event: ({ inputName, eventType, fields }) => {
      const description = eventType.record.doc ?? `To append an event ${eventType.fullName}.`;
      return memoized(made, inputName, () => buildRecord(inputName, description, fields, types));
    },
    command: ({ inputName, commandType: { record, fullName } }) => {
      const description = record.doc ?? `To send a command ${fullName}.`;
      return memoized(made, inputName, () => buildRecord(inputName, description, record.fields, types));
    },
  };
  return types;
}

/** Whether a field may be left out: it has a default or may be null. */
export function isOptional(field: RecordField): boolean {
  return field.type.nullable || field.type.type.kind === "null" || field.default !== undefined;
}

function buildRecord(
  name: string,
  description: string,
  fields: readonly RecordField[],
  types: InputTypes,
): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    description,
    fields: () => (fields.length === 0 ? { _empty: emptyField } : recordFields(planFields(fields), types)),
  });
}

function recordFields(plans: readonly FieldPlan[], types: InputTypes): GraphQLInputFieldConfigMap {
  const fields: GraphQLInputFieldConfigMap = {};
  for (const plan of plans) fields[plan.name] = recordField(plan, types);
  for (const { field, name, aliases } of plans)
    for (const alias of aliases)
      fields[alias] = {
        type: types.of({ type: field.type.type, nullable: true }),
        description: field.doc,
        deprecationReason: `Renamed to ${name}.`,
      };
  return fields;
}

function recordField({ field, aliases }: FieldPlan, types: InputTypes): GraphQLInputFieldConfig {
  const needed = !isOptional(field);
  // What GraphQL can't require, because it has an older name or never ends, the conversion asks for.
  const nullable = !needed || aliases.length > 0 || containsItself(field);
  const note = needed && nullable ? `Required${aliases.length > 0 ? ", here or by an older name" : ""}.` : undefined;
  const description = [field.doc, note, defaultNote(field)].filter((text) => text !== undefined).join(" ");
  return { type: types.of({ type: field.type.type, nullable }), description: description || undefined };
}

const PLAIN_KINDS: ReadonlySet<ValueType["kind"]> = new Set(["boolean", "int", "float", "double", "string", "enum"]);

/** Says the default, where its stored form is how GraphQL writes it too. */
function defaultNote({ type, default: value }: RecordField): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.length === 0) return "Default: empty.";
  return PLAIN_KINDS.has(type.type.kind) ? `Default: ${JSON.stringify(value)}.` : undefined;
}

/** Whether a required field's record requires itself: Avro has no value of it, and GraphQL refuses such an input. */
function containsItself({ type }: RecordField): boolean {
  return type.type.kind === "record" && requires(type.type, type.type, new Set());
}

function requires(record: RecordType, wanted: RecordType, seen: Set<RecordType>): boolean {
  if (seen.has(record)) return false;
  seen.add(record);
  return record.fields.some((field) => {
    const { type } = field.type;
    return !isOptional(field) && type.kind === "record" && (type === wanted || requires(type, wanted, seen));
  });
}

function buildEntry(name: string, values: TypeRef, types: InputTypes): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    description: "An entry of a map.",
    fields: () => ({
      key: { type: new GraphQLNonNull(GraphQLString), description: "The key: once in a map." },
      value: { type: types.of(values), description: "The value." },
    }),
  });
}

function buildUnion(name: string, union: UnionType, types: InputTypes): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    description: "A value of one of these types: give exactly one field.",
    isOneOf: true,
    fields: () =>
      Object.fromEntries(
        planUnionFields(union).map(({ name: field, branch }) => [
          field,
          { type: types.of({ type: branch.type, nullable: true }), description: `The branch ${branch.tag}.` },
        ]),
      ),
  });
}
