import type { Names } from "./names.ts";

/** The connection of an aggregate with its names in GraphQL. */
export interface ConnectionPlan {
  /** The query. */
  readonly field: string;
  readonly typeName: string;
  readonly edgeName: string;
}

/** The groups of an aggregate's documents with their names in GraphQL. */
export interface GroupPlan {
  /** The query. */
  readonly field: string;
  readonly typeName: string;
  /** The object with the values that a group shares. */
  readonly keyName: string;
  /** The enum of the columns. */
  readonly columnName: string;
  readonly havingName: string;
  readonly orderByName: string;
  /** The input that names a column of the key to order by. */
  readonly keyOrderByName: string;
  /** The input that says what times are cut to. */
  readonly truncateName: string;
  /** The objects of sums, averages, least and greatest values. */
  readonly values: Readonly<Record<GroupValue, GroupValuePlan>>;
}

/** The object of what is calculated of columns, with the inputs that `having` and `orderBy` have for it. */
export interface GroupValuePlan {
  readonly typeName: string;
  readonly havingName: string;
  readonly orderByName: string;
}

/** What is calculated of a column's values in a group. */
export type GroupValue = "sum" | "avg" | "min" | "max";

/** The history of an aggregate's documents with its names in GraphQL. */
export interface HistoryPlan {
  /** The query. */
  readonly field: string;
  readonly typeName: string;
}

/** What names are made of. */
interface Named {
  readonly typeName: string;
  readonly singular: string;
  readonly plural: string;
}

/** Names the connection of an aggregate. */
export function planConnection({ typeName, plural }: Named, types: Names, queries: Names): ConnectionPlan {
  return {
    field: queries.take(`${plural}Connection`),
    typeName: types.take(`${typeName}Connection`),
    edgeName: types.take(`${typeName}Edge`),
  };
}

/** Names the groups of an aggregate. */
export function planGroup({ typeName, plural }: Named, types: Names, queries: Names): GroupPlan {
  const value = (name: string): GroupValuePlan => ({
    typeName: types.take(`${typeName}Group${name}`),
    havingName: types.take(`${typeName}Having${name}`),
    orderByName: types.take(`${typeName}GroupOrderBy${name}`),
  });
  return {
    field: queries.take(`${plural}Aggregate`),
    typeName: types.take(`${typeName}Group`),
    keyName: types.take(`${typeName}GroupKey`),
    columnName: types.take(`${typeName}Column`),
    havingName: types.take(`${typeName}Having`),
    orderByName: types.take(`${typeName}GroupOrderBy`),
    keyOrderByName: types.take(`${typeName}GroupOrderByKey`),
    truncateName: types.take(`${typeName}Truncate`),
    values: { sum: value("Sum"), avg: value("Avg"), min: value("Min"), max: value("Max") },
  };
}

/** Names the history of an aggregate. */
export function planHistory({ typeName, singular }: Named, types: Names, queries: Names): HistoryPlan {
  return { field: queries.take(`${singular}Events`), typeName: types.take(`${typeName}History`) };
}
