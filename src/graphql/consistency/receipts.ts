import {
  type ExecutionArgs,
  type GraphQLDirective,
  GraphQLError,
  OperationTypeNode,
  type OperationDefinitionNode,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
} from "graphql";
import type { GraphQLLimits } from "../services.ts";

/** The HTTP header that asks for the same as `@consistentWith`: receipts, separated by commas. */
export const CONSISTENT_WITH_HEADER = "eventql-consistent-with";

/** A receipt to wait for, and how long in ms. */
export interface Demand {
  readonly receipt: string;
  readonly timeoutMs: number | undefined;
}

/** What of a request says which receipts it waits for. */
export type Operation = Pick<ExecutionArgs, "schema" | "document" | "operationName" | "variableValues">;

/**
 * The receipts that a query demands by its directives and its header; none for another operation.
 * @throws GraphQLError where a directive's arguments don't fit.
 */
export function demandsOf(operation: Operation, header: string | undefined, limits: GraphQLLimits): readonly Demand[] {
  const node = getOperationAST(operation.document, operation.operationName);
  if (node?.operation !== OperationTypeNode.QUERY) return [];
  const fromHeader = (header ?? "")
    .split(",")
    .map((receipt) => receipt.trim())
    .filter((receipt) => receipt !== "")
    .map((receipt) => ({ receipt, timeoutMs: limits.defaultWaitMs }));
  const directive = operation.schema.getDirective("consistentWith");
  return directive ? [...fromHeader, ...fromDirectives(directive, node, operation)] : fromHeader;
}

function fromDirectives(
  directive: GraphQLDirective,
  node: OperationDefinitionNode,
  { schema, variableValues }: Operation,
): readonly Demand[] {
  const uses = (node.directives ?? []).filter(({ name }) => name.value === directive.name);
  if (uses.length === 0) return [];
  const { coerced, errors } = getVariableValues(schema, node.variableDefinitions ?? [], variableValues ?? {});
  // Execution says what is wrong with the variables, before it resolves anything.
  if (errors !== undefined) return [];
  return uses.map((use) => {
    const { receipt, timeoutMs } = getArgumentValues(directive, use, coerced);
    if (typeof receipt !== "string") throw new GraphQLError("@consistentWith needs a receipt.", { nodes: use });
    return { receipt, timeoutMs: typeof timeoutMs === "number" ? timeoutMs : undefined };
  });
}
