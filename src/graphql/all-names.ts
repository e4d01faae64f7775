import type { Catalog } from "../catalog/types.ts";
import type { Scope } from "../security/authorize.ts";
import { type AggregatePlan, planSchema } from "./plan.ts";

type Groups = ReadonlyMap<string, readonly (readonly string[])[]>;

const known = new WeakMap<Catalog, Groups>();

/** A scope whose columns stand in it by all their names: a policy may know a renamed one by any of them. */
export function withAllNames<T extends Scope>(scope: T, catalog: Catalog, aggregate: string): T {
  const { columns } = scope;
  if (columns === undefined) return scope;
  const groups = groupsOf(catalog).get(aggregate);
  if (groups === undefined) return scope;
  const allowed = groups.filter((names) => names.some((name) => columns.has(name)));
  return { ...scope, columns: new Set([...columns, ...allowed.flat()]) };
}

/** The names of each column that has several, by aggregate. */
function groupsOf(catalog: Catalog): Groups {
  const groups = known.get(catalog) ?? makeGroups(catalog);
  known.set(catalog, groups);
  return groups;
}

/** As the schema has them: what a column was called may be the name of another one there. */
function makeGroups(catalog: Catalog): Groups {
  if (!catalog.aggregates.some(({ columns }) => columns.some(({ aliases }) => aliases.length > 0))) return new Map();
  const plans = planSchema(catalog).aggregates;
  return new Map(plans.map((plan) => [plan.aggregate.name, namesOf(plan)]));
}

function namesOf({ columns }: AggregatePlan): readonly (readonly string[])[] {
  const byColumn = Map.groupBy(columns, ({ column }) => column.name);
  return [...byColumn.values()].filter((plans) => plans.length > 1).map((plans) => plans.map(({ name }) => name));
}
