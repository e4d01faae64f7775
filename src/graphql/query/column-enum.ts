import { GraphQLEnumType, type GraphQLEnumValueConfigMap } from "graphql";
import { namesBeside } from "../names.ts";
import type { AggregatePlan } from "../plan.ts";
import type { ColumnPlan } from "../plan-column.ts";

/** A column whose values are told apart as they are: the id, a scalar or an enum. */
export interface DistinctColumn {
  /** Its name in GraphQL. */
  readonly name: string;
  /** Where its value is stored: the value of the enum. */
  readonly path: string;
  /** Undefined: it is the id. */
  readonly column: ColumnPlan["column"] | undefined;
}

/** The columns of an aggregate by which documents can be told apart or put together. */
export function distinctColumns({ columns }: AggregatePlan): readonly DistinctColumn[] {
  const shown = columns.filter(isDistinct).map(({ name, column }) => ({ name, path: column.name, column }));
  return [{ name: "id", path: "_id", column: undefined }, ...shown];
}

/** The enum of an aggregate's columns, one for each plan; its values are the stored paths. */
export function columnEnum(plan: AggregatePlan): GraphQLEnumType {
  const known = enums.get(plan);
  if (known !== undefined) return known;
  const made = buildColumnEnum(plan);
  enums.set(plan, made);
  return made;
}

const enums = new WeakMap<AggregatePlan, GraphQLEnumType>();

/** Names that no value of an enum may have. */
const NOT_ENUM_VALUES = ["true", "false", "null"];

function buildColumnEnum(plan: AggregatePlan): GraphQLEnumType {
  const names = namesBeside(NOT_ENUM_VALUES);
  const values: GraphQLEnumValueConfigMap = Object.fromEntries(
    distinctColumns(plan).map(({ name, path, column }) => [
      names.take(name),
      {
        value: path,
        description: column === undefined ? "The key of the events." : column.doc,
        deprecationReason: column?.deprecated,
      },
    ]),
  );
  return new GraphQLEnumType({
    name: plan.group.columnName,
    description: `A column of ${plan.typeName} whose values can be told apart.`,
    values,
  });
}

function isDistinct({ column }: ColumnPlan): boolean {
  const { kind } = column.type.type;
  return kind !== "null" && kind !== "array" && kind !== "map" && kind !== "record" && kind !== "union";
}
