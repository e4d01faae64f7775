import { type DocumentNode, type GraphQLSchema, Kind, type SelectionSetNode, getOperationAST } from "graphql";

/** What an operation is called where its numbers are kept: a few names only, none of which a client can make up. */
export interface OperationName {
  readonly operation: "query" | "mutation" | "subscription" | "none";
  /** The first root field as the schema knows it. */
  readonly field: string;
}

const INTROSPECTION = new Set(["__schema", "__type", "__typename"]);

/** Names an operation by its kind and its first root field. */
export function nameOperation(
  schema: GraphQLSchema | undefined,
  document: DocumentNode | undefined,
  name: string | null | undefined,
): OperationName {
  const node = document === undefined ? undefined : getOperationAST(document, name);
  if (schema === undefined || document === undefined || !node) return { operation: "none", field: "unknown" };
  const field = firstField(document, node.selectionSet, new Set());
  const isKnown =
    field !== undefined &&
    (INTROSPECTION.has(field) || schema.getRootType(node.operation)?.getFields()[field] !== undefined);
  return { operation: node.operation, field: isKnown ? field : "unknown" };
}

/** Fragments of a document that was not validated may go round in circles. */
function firstField(document: DocumentNode, { selections }: SelectionSetNode, seen: Set<string>): string | undefined {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) return selection.name.value;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragmentOf(document, selection.name.value);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      if (seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
    }
    const found = inner === undefined ? undefined : firstField(document, inner, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fragmentOf(document: DocumentNode, name: string): SelectionSetNode | undefined {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition.selectionSet;
  }
  return undefined;
}
