import {
  GraphQLEnumType,
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
} from "graphql";
import type { ValueType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { Sort } from "../../read-model/read-model.ts";
import type { AggregatePlan } from "../plan.ts";
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
  for (const { column, name } of columns.filter((plan) => isSortable(plan.column.type.type)))
    fields[name] = direction(column.doc, column.deprecated);
  return new GraphQLInputObjectType({
    name: orderByName,
    description: `A column to order ${typeName} documents by: exactly one.`,
    isOneOf: true,
    fields,
  });
}

/** How many columns MongoDB sorts by, at most. */
export const MAX_SORT_KEYS: number = 32;

/**
 * Compiles `orderBy` into a total order: the id decides last, in the direction of the column before it. The first entry of a column counts.
 * @throws EventQLError `LIMIT_EXCEEDED` for more columns than MongoDB sorts by.
 */
export function compileOrderBy({ columns }: AggregatePlan, orderBy: readonly OrderBy[]): Sort {
  const paths = new Map([["id", "_id"], ...columns.map(({ name, column }) => [name, column.name] as const)]);
  const sort: Record<string, 1 | -1> = {};
  for (const [name, order] of orderBy.flatMap((entry) => Object.entries(entry))) {
    const path = paths.get(name);
    if (path !== undefined && !("_id" in sort)) sort[path] ??= order;
  }
  // An index of the columns, read in either direction, then gives the order whole.
  sort["_id"] ??= Object.values(sort).at(-1) ?? 1;
  if (Object.keys(sort).length <= MAX_SORT_KEYS) return sort;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `orderBy has more than ${MAX_SORT_KEYS - 1} columns beside the id: order by fewer, for the first ones decide.`,
    { details: { maximum: MAX_SORT_KEYS - 1 } },
  );
}

/** The field of an input that takes a direction. */
export function direction(
  description: string | undefined,
  deprecationReason: string | undefined,
): GraphQLInputFieldConfig {
  return { type: sortOrder, description, deprecationReason };
}

/** Whether the stored form of a type's values has their order. */
export function isSortable(type: ValueType): boolean {
  if (type.kind === "enum") return true;
  if (type.kind === "array" || type.kind === "map" || type.kind === "record" || type.kind === "union") return false;
  // Decimals of very many digits, and bytes, are stored in forms that sort otherwise than their values.
  return type.kind === "uuid" || !["equal", "none"].includes(scalarCodec(type).comparability);
}
