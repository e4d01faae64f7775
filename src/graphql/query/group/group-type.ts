import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
} from "graphql";
import type { ValueType } from "../../../catalog/types.ts";
import type { GraphQLContext } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import type { GroupValue } from "../../plan-lists.ts";
import { type DistinctColumn, columnEnum, distinctColumns } from "../column-enum.ts";
import type { Row } from "../read.ts";
import { GROUP_VALUES, membersOf, typeOf } from "./group-columns.ts";
import { type GroupRow, partOf, valueAt } from "./group-row.ts";
import { type CountArguments, countPlace } from "./selected-measures.ts";

type RowFields = GraphQLFieldConfigMap<Row, GraphQLContext>;

/** The object type of a group of an aggregate's documents. */
export function groupType(parts: AggregateParts): GraphQLObjectType<GroupRow, GraphQLContext> {
  const { typeName, group } = parts.plan;
  return new GraphQLObjectType<GroupRow, GraphQLContext>({
    name: group.typeName,
    description: `A group of ${typeName} documents, and what its values come to.`,
    fields: () => ({
      key: {
        type: new GraphQLNonNull(keyType(parts)),
        description: "The values that the group's documents share.",
        resolve: (row) => partOf(row, "key"),
      },
      count: countField(parts),
      ...Object.fromEntries(GROUP_VALUES.flatMap((value) => valueField(parts, value))),
    }),
  });
}

function keyType({ plan, outputs }: AggregateParts): GraphQLObjectType<Row, GraphQLContext> {
  const fields = distinctColumns(plan).map((column) => [column.name, shown(outputs, column, typeOf(column))] as const);
  return new GraphQLObjectType<Row, GraphQLContext>({
    name: plan.group.keyName,
    description: "What a group is of. A column that isn't grouped by is null, and so is one that has no value.",
    fields: Object.fromEntries(fields),
  });
}

function countField({ plan }: AggregateParts): GraphQLFieldConfig<GroupRow, GraphQLContext, CountArguments> {
  const names = new Map(distinctColumns(plan).map(({ path, name }) => [path, name]));
  return {
    type: new GraphQLNonNull(GraphQLInt),
    description: "How many documents the group has, or how many of them have a value.",
    args: {
      column: { type: columnEnum(plan), description: "Counts the documents where this column isn't null." },
      distinct: {
        type: GraphQLBoolean,
        defaultValue: false,
        description: "With a column: equal values count once.",
      },
    },
    resolve: (row, counted) =>
      Number(
        valueAt(
          row,
          countPlace(counted, (path) => names.get(path) ?? path),
        ) ?? 0,
      ),
  };
}

const DESCRIPTIONS: Readonly<Record<GroupValue, string>> = {
  sum: "The sums of columns, exact but for floats; null where no document has a value.",
  avg: "The averages of columns, exact decimals to 34 digits; null where no document has a value.",
  min: "The least values of columns; null where no document has a value.",
  max: "The greatest values of columns; null where no document has a value.",
};

/** None where no column has such a value: GraphQL has no types without fields. */
function valueField(
  { plan, outputs }: AggregateParts,
  value: GroupValue,
): readonly (readonly [string, GraphQLFieldConfig<GroupRow, GraphQLContext>])[] {
  const fields = membersOf(plan, value).map(({ column, type }) => [column.name, shown(outputs, column, type)] as const);
  if (fields.length === 0) return [];
  const type = new GraphQLObjectType<Row, GraphQLContext>({
    name: plan.group.values[value].typeName,
    description: DESCRIPTIONS[value],
    fields: Object.fromEntries(fields),
  });
  const resolve = (row: GroupRow): Row => partOf(row, value);
  return [[value, { type: new GraphQLNonNull(type), description: DESCRIPTIONS[value], resolve }]];
}

/** A value of a column, which may be null in a group whatever the column is. */
function shown(outputs: AggregateParts["outputs"], of: DistinctColumn, type: ValueType): RowFields[string] {
  const { name, column } = of;
  if (column === undefined)
    return { type: GraphQLID, description: "The key of the events.", resolve: (row) => row[name] };
  const notes = { description: column.doc, deprecationReason: column.deprecated };
  return outputs.field(name, { type, nullable: true }, notes);
}
