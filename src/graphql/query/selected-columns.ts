import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  getDirectiveValues,
} from "graphql";
import type { AggregatePlan, ColumnPlan } from "../plan.ts";

/** What of a resolver's `info` tells what is selected. */
export type Selection = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "variableValues">;

/** The columns that a selection of documents shows. */
export function selectedColumns({ columns }: AggregatePlan, selection: Selection): readonly ColumnPlan[] {
  const names = selectedFields(selection);
  return columns.filter(({ name }) => names.has(name));
}

/** The stored fields that a selection of documents needs; `_id` always comes. */
export function selectedPaths({ columns }: AggregatePlan, selection: Selection): readonly string[] {
  const paths = new Map([["_meta", "_meta"], ...columns.map(({ name, column }) => [name, column.name] as const)]);
  return [...selectedFields(selection)].flatMap((name) => paths.get(name) ?? []);
}

function selectedFields({ fieldNodes, fragments, variableValues }: Selection): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const { selectionSet } of fieldNodes) collect(selectionSet);
  return fields;

  function collect(selectionSet: FieldNode["selectionSet"] | SelectionSetNode): void {
    for (const selection of selectionSet?.selections ?? []) {
      if (!isIncluded(selection, variableValues)) continue;
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collect(fragments[selection.name.value]?.selectionSet);
    }
  }
}

function isIncluded(selection: SelectionNode, variables: Selection["variableValues"]): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables);
  return skip?.["if"] !== true && include?.["if"] !== false;
}
