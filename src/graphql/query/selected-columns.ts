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
import type { AggregatePlan } from "../plan.ts";
import type { ColumnPlan } from "../plan-column.ts";

/** What of a resolver's `info` tells what is selected. */
export type Selection = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "variableValues">;

/** The columns that a selection of documents shows, or that relations in it rest on. */
export function selectedColumns(plan: AggregatePlan, selection: Selection): readonly ColumnPlan[] {
  const names = selectedFields(selection);
  const leading = new Set(
    plan.relations.filter(({ name, kind }) => kind !== "many" && names.has(name)).map(({ column }) => column.name),
  );
  return plan.columns.filter(({ name }) => names.has(name) || leading.has(name));
}

/** The stored fields that a selection of documents needs; `_id` always comes. */
export function selectedPaths({ columns, relations }: AggregatePlan, selection: Selection): readonly string[] {
  const leading = relations.filter(({ kind }) => kind !== "many");
  const paths = new Map([
    ["_meta", "_meta"],
    ...columns.map(({ name, column }) => [name, column.name] as const),
    ...leading.map(({ name, column }) => [name, column.column.name] as const),
  ]);
  return [...new Set([...selectedFields(selection)].flatMap((name) => paths.get(name) ?? []))];
}

/** What is selected below paths of field names, as a connection selects of its nodes. */
export function innerSelection(selection: Selection, paths: readonly (readonly string[])[]): Selection {
  return { ...selection, fieldNodes: paths.flatMap((path) => nodesAt(selection, path)) };
}

function nodesAt(selection: Selection, [name, ...rest]: readonly string[]): readonly FieldNode[] {
  if (name === undefined) return selection.fieldNodes;
  const fieldNodes = selectedNodes(selection).filter((node) => node.name.value === name);
  return nodesAt({ ...selection, fieldNodes }, rest);
}

function selectedFields(selection: Selection): ReadonlySet<string> {
  return new Set(selectedNodes(selection).map(({ name }) => name.value));
}

/** The fields that are selected of the value of a field, those of fragments among them. */
export function selectedNodes({ fieldNodes, fragments, variableValues }: Selection): readonly FieldNode[] {
  const nodes: FieldNode[] = [];
  const spread = new Set<string>();
  for (const { selectionSet } of fieldNodes) collect(selectionSet);
  return nodes;

  function collect(selectionSet: FieldNode["selectionSet"] | SelectionSetNode): void {
    for (const selection of selectionSet?.selections ?? []) {
      if (!isIncluded(selection, variableValues)) continue;
      if (selection.kind === Kind.FIELD) nodes.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        // Fragments that spread each other twice would double the work each time.
        spread.add(selection.name.value);
        collect(fragments[selection.name.value]?.selectionSet);
      }
    }
  }
}

function isIncluded(selection: SelectionNode, variables: Selection["variableValues"]): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables);
  return skip?.["if"] !== true && include?.["if"] !== false;
}
