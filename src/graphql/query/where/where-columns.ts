import { LOGIC, type WhereModel } from "./where-field.ts";

/** Receives what a `where` asks of: an aggregate, and a column of it by its name in GraphQL. */
type OnColumn = (aggregate: string, column: string) => void;

/**
 * Tells the columns that a `where` asks of, inside `AND`, `OR` and `NOT` too, and inside relations those of other
 * aggregates, with the columns on which the relations rest; not the fields of nested records.
 */
export function eachWhereColumn(aggregate: string, model: WhereModel, where: unknown, onColumn: OnColumn): void {
  if (Array.isArray(where)) {
    for (const one of where) eachWhereColumn(aggregate, model, one, onColumn);
    return;
  }
  for (const [name, given] of entriesOf(where)) {
    const field = model.get(name);
    if (field?.kind === "relation") {
      const { relation, column, target } = field;
      onColumn(relation === "many" ? target.aggregate : aggregate, column);
      const asked = relation === "one" ? [given] : entriesOf(given).map(([, one]) => one);
      eachWhereColumn(target.aggregate, target.model(), asked, onColumn);
    } else if (field === undefined && LOGIC.some((logic) => logic === name))
      eachWhereColumn(aggregate, model, given, onColumn);
    else onColumn(aggregate, name);
  }
}

function entriesOf(given: unknown): readonly (readonly [string, unknown])[] {
  return typeof given === "object" && given !== null ? Object.entries(given) : [];
}
