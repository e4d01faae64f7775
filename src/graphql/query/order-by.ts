import {
  GraphQLEnumType,
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
} from "graphql";
import type { ValueType } from "../../catalog/types.ts";
import type { Sort } from "../../read-model/read-model.ts";
import type { AggregatePlan, ColumnPlan } from "../plan.ts";
import { scalarCodec } from "../types/scalar-codec.ts";

/** An entry of `orderBy`: one column and its direction. */
export type OrderBy = Readonly<Record<string, 1 | -1>>;

const sortOrder = new GraphQLEnumType({
  name: "SortOrder",
  description: "A direction. Null comes before everything else.",
  values: {
    ASC: { value: 1, description: "Smallest first, null before all." },
    DESC: { value: -1, description: "Greatest first, null last." },
  },
});

/** The `orderBy` input of an aggregate: by the columns whose stored form has the order of their values. */
export function orderByType({ orderByName, typeName, columns }: AggregatePlan): GraphQLInputObjectType {
  const fields: GraphQLInputFieldConfigMap = { id: direction("The key of the events.", undefined) };
  for (const { column, name } of columns.filter(isSortable)) fields[name] = direction(column.doc, column.deprecated);
  return new GraphQLInputObjectType({
    name: orderByName,
    description: `A column to order ${typeName} documents by: exactly one.`,
    isOneOf: true,
    fields,
  });
}

/** Compiles `orderBy` into a total order: the id decides last. The first entry of a column counts. */
export function compileOrderBy({ columns }: AggregatePlan, orderBy: readonly OrderBy[]): Sort {
  const paths = new Map([["id", "_id"], ...columns.map(({ name, column }) => [name, column.name] as const)]);
  const sort: Record<string, 1 | -1> = {};
  for (const [name, order] of orderBy.flatMap((entry) => Object.entries(entry))) {
    const path = paths.get(name);
    if (path !== undefined && !("_id" in sort)) sort[path] ??= order;
  }
  sort["_id"] ??= 1;
  return sort;
}

function direction(description: string | undefined, deprecationReason: string | undefined): GraphQLInputFieldConfig {
  return { type: sortOrder, description, deprecationReason };
}

function isSortable({ column }: ColumnPlan): boolean {
  const { type }: { readonly type: ValueType } = column.type;
  if (type.kind === "enum") return true;
  if (type.kind === "array" || type.kind === "map" || type.kind === "record" || type.kind === "union") return false;
  // Decimals and bytes are stored in forms that sort otherwise than their values.
  return type.kind === "uuid" || !["equal", "none"].includes(scalarCodec(type).comparability);
}
