import type { EnumType, RecordType, TypeRef } from "../../catalog/types.ts";
import { memoized } from "../memo.ts";
import { namesBeside } from "../names.ts";
import { type AggregatePlan, planFields } from "../plan.ts";
import type { TypeNames } from "../plan-types.ts";
import { type ScalarCodec, type ScalarValueType, scalarCodec } from "../types/scalar-codec.ts";
import { type Operator, idOperators, operatorsOf } from "./operators.ts";

/** What a filter compares with. */
export type Comparand =
  | { readonly kind: "scalar"; readonly codec: ScalarCodec }
  | { readonly kind: "enum"; readonly type: EnumType; readonly codec: Pick<ScalarCodec, "toStored"> }
  | { readonly kind: "id"; readonly codec: Pick<ScalarCodec, "toStored"> };

/** A field of a `where` input: what it asks of, and how. */
export type WhereField = {
  readonly name: string;
  /** Where the value is stored, from the document or record that the input is of. */
  readonly path: string;
  readonly description: string | undefined;
  readonly deprecated: string | undefined;
} & WhereTarget;

/** What a field of a `where` input filters by. */
type WhereTarget =
  | {
      readonly kind: "value";
      readonly filterName: string;
      readonly comparand: Comparand;
      readonly operators: readonly Operator[];
    }
  | { readonly kind: "list"; readonly filterName: string; readonly comparand: Comparand }
  /** Only whether it is there. */
  | { readonly kind: "presence"; readonly filterName: "AnyFilter" }
  /** Only whether it is there, and empty. */
  | { readonly kind: "anyList"; readonly filterName: "AnyListFilter" }
  | {
      readonly kind: "record";
      readonly filterName: string;
      readonly record: RecordType;
      /** By name; a record may contain itself. */
      readonly fields: () => ReadonlyMap<string, WhereField>;
    };

/** The fields of a `where` input by name, without `AND`, `OR` and `NOT`. */
export type WhereModel = ReadonlyMap<string, WhereField>;

/** The operator of a nested record's filter that asks whether it is there at all. */
export const RECORD_IS_NULL = "isNull";

const text: Pick<ScalarCodec, "toStored"> = {
  toStored: (parsed, reject) => (typeof parsed === "string" ? parsed : reject("isn't a text")),
};

/** Makes the models of a schema's `where` inputs. */
export function whereModels(names: TypeNames): (plan: AggregatePlan) => WhereModel {
  const records = new Map<string, WhereModel>();
  const recordModel = (record: RecordType): WhereModel =>
    memoized(records, record.graphqlName, () => byName(recordFields(record, (ref) => targetOf(ref))));
  const targetOf = ({ type }: TypeRef): WhereTarget => {
    if (type.kind === "record")
      return { kind: "record", filterName: names.of(type).filter, record: type, fields: () => recordModel(type) };
    if (type.kind === "enum") return enumTarget(type, names.of(type).filter);
    if (type.kind === "map") return { kind: "anyList", filterName: "AnyListFilter" };
    if (type.kind === "union") return { kind: "presence", filterName: "AnyFilter" };
    return type.kind === "array" ? listTarget(type.items, names) : scalarTarget(type);
  };
  return ({ columns }) =>
    byName([
      ID,
      ...columns.map(({ column, name }) => ({
        name,
        path: column.name,
        description: column.doc,
        deprecated: column.deprecated,
        ...targetOf(column.type),
      })),
    ]);
}

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

function byName(fields: readonly WhereField[]): WhereModel {
  return new Map(fields.map((field) => [field.name, field]));
}

function recordFields(record: RecordType, targetOf: (ref: TypeRef) => WhereTarget): readonly WhereField[] {
  const names = namesBeside([RECORD_IS_NULL]);
  return planFields(record.fields).map(({ field, name }) => ({
    name: names.take(name),
    path: field.name,
    description: field.doc,
    deprecated: undefined,
    ...targetOf(field.type),
  }));
}

function scalarTarget(type: ScalarValueType): WhereTarget {
  const codec = scalarCodec(type);
  if (codec.comparability === "none") return { kind: "presence", filterName: "AnyFilter" };
  return {
    kind: "value",
    filterName: `${codec.scalar.name}Filter`,
    comparand: { kind: "scalar", codec },
    operators: operatorsOf[codec.comparability],
  };
}

function enumTarget(type: EnumType, filterName: string): WhereTarget {
  const comparand: Comparand = { kind: "enum", type, codec: text };
  return { kind: "value", filterName, comparand, operators: operatorsOf.equal };
}

function listTarget({ type }: TypeRef, names: TypeNames): WhereTarget {
  if (type.kind === "enum")
    return { kind: "list", filterName: names.of(type).listFilter, comparand: { kind: "enum", type, codec: text } };
  if (type.kind === "record" || type.kind === "union" || type.kind === "array" || type.kind === "map")
    return { kind: "anyList", filterName: "AnyListFilter" };
  const codec = scalarCodec(type);
  return { kind: "list", filterName: `${codec.scalar.name}ListFilter`, comparand: { kind: "scalar", codec } };
}
