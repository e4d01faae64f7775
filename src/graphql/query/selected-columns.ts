import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";
import type { AggregatePlan } from "../plan.ts";

/** The stored fields that a selection of documents needs; `_id` always comes. */
export function selectedColumns(
  { columns }: AggregatePlan,
  { fieldNodes, fragments }: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">,
): readonly string[] {
  const paths = new Map([["_meta", "_meta"], ...columns.map(({ name, column }) => [name, column.name] as const)]);
  const names = fieldNodes.flatMap(({ selectionSet }: FieldNode) => selectedNames(selectionSet, fragments));
  return [...new Set(names.flatMap((name) => paths.get(name) ?? []))];
}

function selectedNames(
  selectionSet: SelectionSetNode | undefined,
  fragments: GraphQLResolveInfo["fragments"],
): readonly string[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
    return selectedNames(inner?.selectionSet, fragments);
  });
}
