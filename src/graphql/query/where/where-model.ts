import type { EnumType, RecordField, RecordType, TypeRef, UnionType, ValueType } from "../../../catalog/types.ts";
import { memoized } from "../../memo.ts";
import { namesBeside } from "../../names.ts";
import { type AggregatePlan, planFields } from "../../plan.ts";
import type { TypeNames } from "../../plan-types.ts";
import { type ScalarCodec, type ScalarValueType, filterNameOf, scalarCodec } from "../../types/scalar-codec.ts";
import { planUnionFields } from "../../types/union-fields.ts";
import { idOperators, listOperatorsOf, operatorsOf } from "./operators.ts";
import {
  type Comparand,
  LOGIC,
  type ListTarget,
  type PartsTarget,
  RECORD_IS_NULL,
  type ValueTarget,
  type WhereField,
  type WhereModel,
  type WhereTarget,
} from "./where-field.ts";

/** What a filter of an aggregate is made of. */
type Filtered = Pick<AggregatePlan, "columns">;

/** Makes the models of a schema's `where` inputs, without relations. */
export function whereModels(names: TypeNames): (plan: Filtered) => WhereModel {
  const targetOf = whereTargets(names);
  return ({ columns }) =>
    byName([
      ID,
      ...columns.map(({ column, name }) => ({
        name,
        path: column.name,
        description: column.doc,
        deprecated: column.deprecated,
        ...targetOf(column.type.type),
      })),
    ]);
}

/** The fields by name. */
function byName(fields: readonly WhereField[]): WhereModel {
  return new Map(fields.map((field) => [field.name, field]));
}

const text: Pick<ScalarCodec, "toStored"> = {
  toStored: (parsed, reject) => (typeof parsed === "string" ? parsed : reject("isn't a text")),
};

const ID: WhereField = {
  name: "id",
  path: "_id",
  description: "The key of the events.",
  deprecated: undefined,
  kind: "value",
  filterName: "IDFilter",
  comparand: { kind: "id", codec: text },
  operators: idOperators,
};

type TargetOf = (type: ValueType) => WhereTarget;

function whereTargets(names: TypeNames): TargetOf {
  const models = new Map<string, WhereModel>();
  const parts = (kind: PartsTarget["kind"], filterName: string, fields: () => readonly WhereField[]): PartsTarget => ({
    kind,
    filterName,
    fields: () => memoized(models, filterName, () => byName(fields())),
  });
  const recordOf = (type: RecordType): PartsTarget =>
    parts("record", names.of(type).filter, () => recordFields(type, targetOf));
  const unionOf = (type: UnionType): PartsTarget =>
    parts("union", names.of(type).filter, () => unionFields(type, targetOf));
  const mapOf = (values: TypeRef): ListTarget => {
    const { filter, listFilter } = names.entry(values);
    const entry = parts("entry", filter, () => entryFields(values, targetOf));
    return { ...listTarget(listFilter, "entries"), element: () => entry };
  };
  const listOf = ({ type }: TypeRef): ListTarget => {
    if (type.kind === "record")
      return { ...listTarget(names.of(type).listFilter, "parts"), element: () => recordOf(type) };
    if (type.kind === "union")
      return { ...listTarget(names.of(type).listFilter, "parts"), element: () => unionOf(type) };
    if (type.kind === "map") return { ...listTarget(names.list(type), "parts"), element: () => mapOf(type.values) };
    if (type.kind === "array") return { ...listTarget(names.list(type), "parts"), element: () => listOf(type.items) };
    return type.kind === "enum" ? enumsTarget(type, names.of(type).listFilter) : scalarsTarget(type);
  };
  const targetOf: TargetOf = (type) => {
    if (type.kind === "record") return recordOf(type);
    if (type.kind === "union") return unionOf(type);
    if (type.kind === "map") return mapOf(type.values);
    if (type.kind === "array") return listOf(type.items);
    return type.kind === "enum" ? enumTarget(type, names.of(type).filter) : scalarTarget(type);
  };
  return targetOf;
}

function recordFields(record: RecordType, targetOf: TargetOf): readonly WhereField[] {
  const names = namesBeside([RECORD_IS_NULL, ...LOGIC]);
  const plans = planFields(record.fields).map((plan) => ({ ...plan, name: names.take(plan.name) }));
  const fieldOf = (field: RecordField, name: string, deprecated?: string): WhereField => ({
    name,
    path: field.name,
    description: field.doc,
    deprecated,
    ...targetOf(field.type.type),
  });
  const older = plans.flatMap(({ field, name, aliases }) =>
    aliases.filter(names.isFree).map((alias) => fieldOf(field, names.take(alias), `Renamed to ${name}.`)),
  );
  return [...plans.map(({ field, name }) => fieldOf(field, name)), ...older];
}

function unionFields(union: UnionType, targetOf: TargetOf): readonly WhereField[] {
  const names = namesBeside([RECORD_IS_NULL, ...LOGIC]);
  return planUnionFields(union).map(({ branch: { tag, type }, name }) => ({
    name: names.take(name),
    path: "value",
    description: `It is of the branch \`${tag}\`, and matches.`,
    deprecated: undefined,
    tag,
    ...targetOf(type),
  }));
}

function entryFields(values: TypeRef, targetOf: TargetOf): readonly WhereField[] {
  const of = (name: string, description: string, target: WhereTarget): WhereField => ({
    name,
    path: name,
    description,
    deprecated: undefined,
    ...target,
  });
  return [of("key", "The key.", scalarTarget({ kind: "string" })), of("value", "The value.", targetOf(values.type))];
}

function scalarTarget(type: ScalarValueType): WhereTarget {
  const codec = scalarCodec(type);
  if (codec.comparability === "none") return { kind: "presence", filterName: "AnyFilter" };
  return {
    kind: "value",
    filterName: filterNameOf(codec),
    comparand: { kind: "scalar", codec },
    operators: operatorsOf[codec.comparability],
  };
}

function enumTarget(type: EnumType, filterName: string): ValueTarget {
  return { kind: "value", filterName, comparand: enumComparand(type), operators: operatorsOf.equal };
}

function enumsTarget(type: EnumType, filterName: string): ListTarget {
  return { ...listTarget(filterName, "values"), comparand: enumComparand(type) };
}

function scalarsTarget(type: ScalarValueType): ListTarget {
  const codec = scalarCodec(type);
  if (codec.comparability === "none") return listTarget("AnyListFilter", "unknown");
  return { ...listTarget(`${codec.scalar.name}ListFilter`, "values"), comparand: { kind: "scalar", codec } };
}

function enumComparand(type: EnumType): Comparand {
  return { kind: "enum", type, codec: text };
}

function listTarget(filterName: string, elements: keyof typeof listOperatorsOf): ListTarget {
  return { kind: "list", filterName, operators: listOperatorsOf[elements], comparand: undefined, element: undefined };
}
