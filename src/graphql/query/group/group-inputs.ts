import { type GraphQLInputFieldConfig, GraphQLInputObjectType, GraphQLList, GraphQLNonNull } from "graphql";
import type { AggregateParts } from "../../parts.ts";
import type { GroupValue } from "../../plan-lists.ts";
import { type DistinctColumn, distinctColumns } from "../column-enum.ts";
import type { WhereModel } from "../where/where-field.ts";
import { direction, isSortable } from "../order-by.ts";
import { GROUP_VALUES, membersOf, typeOf } from "./group-columns.ts";
import { unitsOf } from "./time-unit.ts";

type InputFields = readonly (readonly [string, GraphQLInputFieldConfig])[];

/** What the values that `having` and `orderBy` name are called. */
const LABELS: Readonly<Record<GroupValue, string>> = {
  sum: "The sums of columns.",
  avg: "The averages of columns.",
  min: "The least values of columns.",
  max: "The greatest values of columns.",
};

/** The input of `having`; the model says what its filters are of. */
export function havingType(parts: AggregateParts, model: WhereModel): GraphQLInputObjectType {
  const { group, typeName } = parts.plan;
  const having: GraphQLInputObjectType = new GraphQLInputObjectType({
    name: group.havingName,
    description: `Which groups of ${typeName}: those that match every field given here. Empty: all.`,
    fields: () => ({ ...measureFilters(parts, model), ...logic(having) }),
  });
  return having;
}

function logic(having: GraphQLInputObjectType): Readonly<Record<string, GraphQLInputFieldConfig>> {
  const list = new GraphQLList(new GraphQLNonNull(having));
  return {
    AND: { type: list, description: "All of these match; an empty list always does." },
    OR: { type: list, description: "At least one of these matches; an empty list never does." },
    NOT: { type: having, description: "This does not match." },
  };
}

function measureFilters(parts: AggregateParts, model: WhereModel): Readonly<Record<string, GraphQLInputFieldConfig>> {
  const filterAt = (place: string, { column }: DistinctColumn): GraphQLInputFieldConfig => {
    const field = model.get(place);
    return {
      type: field === undefined ? parts.where : parts.filterOf(field),
      description: column?.doc,
      deprecationReason: column?.deprecated,
    };
  };
  const count = model.get("count");
  const values = GROUP_VALUES.flatMap((value) => {
    const { havingName } = parts.plan.group.values[value];
    const fields = membersOf(parts.plan, value).map(
      ({ column }) => [column.name, filterAt(`${value}.${column.name}`, column)] as const,
    );
    return objectField(value, havingName, LABELS[value], fields, false);
  });
  return {
    ...(count === undefined ? {} : { count: { type: parts.filterOf(count), description: count.description } }),
    ...Object.fromEntries(values),
  };
}

/** The input of `orderBy`. */
export function groupOrderByType({ plan }: AggregateParts): GraphQLInputObjectType {
  const { group, typeName } = plan;
  const by = (column: DistinctColumn): readonly [string, GraphQLInputFieldConfig] => [
    column.name,
    direction(column.column?.doc, column.column?.deprecated),
  ];
  const keys = distinctColumns(plan)
    .filter((column) => isSortable(typeOf(column)))
    .map(by);
  const values = GROUP_VALUES.flatMap((value) =>
    objectField(
      value,
      group.values[value].orderByName,
      LABELS[value],
      membersOf(plan, value).map(({ column }) => by(column)),
      true,
    ),
  );
  return new GraphQLInputObjectType({
    name: group.orderByName,
    description: `What to order groups of ${typeName} by: exactly one thing.`,
    isOneOf: true,
    fields: {
      ...Object.fromEntries(objectField("key", group.keyOrderByName, "A column that is grouped by.", keys, true)),
      count: direction("How many documents the group has.", undefined),
      ...Object.fromEntries(values),
    },
  });
}

/** The input that says what times are cut to; undefined where there are none. */
export function truncateType({ plan }: AggregateParts): GraphQLInputObjectType | undefined {
  const fields = distinctColumns(plan).flatMap((column) => {
    const type = unitsOf(typeOf(column));
    return type === undefined ? [] : [[column.name, { type, description: column.column?.doc }] as const];
  });
  if (fields.length === 0) return undefined;
  return new GraphQLInputObjectType({
    name: plan.group.truncateName,
    description: "What the times of columns are cut to before they are grouped by.",
    fields: Object.fromEntries(fields),
  });
}

function objectField(
  name: string,
  typeName: string,
  description: string,
  fields: InputFields,
  isOneOf: boolean,
): InputFields {
  if (fields.length === 0) return [];
  const type = new GraphQLInputObjectType({
    name: typeName,
    description: isOneOf ? `${description} Exactly one of them.` : description,
    isOneOf,
    fields: Object.fromEntries(fields),
  });
  return [[name, { type, description }]];
}
