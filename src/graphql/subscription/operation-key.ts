import { createHash } from "node:crypto";
import {
  type ASTNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  getOperationAST,
  print,
  visit,
} from "graphql";
import { canonicalText } from "./canonical-text.ts";

/** What the results of an operation depend on, besides the item. */
interface Shape {
  readonly text: string;
  /** Without those that only the field's arguments use: they say which items come, not how one is shown. */
  readonly variables: readonly string[];
}

/** Tells operations apart: the same key, the same results for the same item. `seer` stands for who sees them. */
export type OperationKey = (args: ExecutionArgs, seer: string) => string;

/** Makes the keys of operations. */
export function operationKeys(): OperationKey {
  const schemas = new WeakMap<GraphQLSchema, number>();
  const shapes = new WeakMap<DocumentNode, Map<string, Shape>>();
  let count = 0;
  return ({ schema, document, operationName, variableValues }, seer) => {
    const number = schemas.get(schema) ?? count++;
    schemas.set(schema, number);
    const named = shapes.get(document) ?? new Map<string, Shape>();
    shapes.set(document, named);
    const name = operationName ?? "";
    const shape = named.get(name) ?? shapeOf(document, operationName);
    named.set(name, shape);
    const variables = shape.variables.map((variable) => variableValues?.[variable]);
    const key = canonicalText([number, name, shape.text, variables, seer]);
    return createHash("sha256").update(key).digest("base64");
  };
}

function shapeOf(document: DocumentNode, operationName: string | null | undefined): Shape {
  const operation = getOperationAST(document, operationName);
  const roots = new Set<ASTNode>(operation?.selectionSet.selections);
  const variables = new Set<string>();
  const collect = (node: ASTNode): void => {
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void variables.add(name.value),
      Field: (field) => {
        if (!roots.has(field)) return undefined;
        for (const directive of field.directives ?? []) collect(directive);
        if (field.selectionSet !== undefined) collect(field.selectionSet);
        return false;
      },
    });
  };
  collect(document);
  return { text: print(document), variables: [...variables].sort() };
}
