import type { Column } from "../catalog/types.ts";
import { type Names, type SettledNames, namesBeside } from "./names.ts";

/** A column with its name in GraphQL; an older name is a plan of its own, of the column deprecated. */
export interface ColumnPlan {
  readonly column: Column;
  readonly name: string;
}

/** Fields of documents, and of what filters and orders them, that are no columns. */
const NAMES_OF_OURS = ["id", "_meta", "AND", "OR", "NOT"];

/** The names of a document's fields, and of what filters and orders documents. */
export function documentNames(settled: SettledNames = {}, others: readonly ColumnPlan[] = []): Names {
  return namesBeside([...NAMES_OF_OURS, ...others.map(({ name }) => name)], settled);
}

/** Names columns; those by their older names come last, where nothing else has the name. */
export function planColumns(columns: readonly Column[], names: Names): readonly ColumnPlan[] {
  const plans = columns.map((column) => ({
    column,
    name: names.take(column.graphqlName, `${column.graphqlName}_`),
  }));
  const older = plans.flatMap(({ column, name }) => {
    const deprecated = { ...column, deprecated: `Renamed to ${name}.` };
    return column.aliases.filter(names.isFree).map((alias) => ({ column: deprecated, name: names.take(alias) }));
  });
  return [...plans, ...older];
}
