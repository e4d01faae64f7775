import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
  Kind,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isCompositeType,
} from "graphql";
import { type ComplexityEstimatorArgs, getComplexity } from "graphql-query-complexity";
import type { Plugin } from "graphql-yoga";
import QuickLRU from "quick-lru";

/** How large an answer may be. */
export interface CostLimits {
  /** Objects that it may hold, at most. */
  readonly cost: number;
  /** How many a list is taken to hold where nothing says how many. */
  readonly pageSize: number;
}

/** The arguments that say how long a list is. */
const PAGE_ARGUMENTS = ["limit", "first", "last"];

/** Variables of these types may be page arguments, or leave fields out. */
const COUNTED_TYPES = new Set(["Int", "Boolean"]);

/** How many costs of one document are kept. */
const MAX_KEPT = 100;

/**
 * Refuses operations whose answer might hold too many objects, before they run: each object counts one, and what is inside a
 * list counts as often as the list may be long (`limit`, `first`, `last`). The cost of a document is worked out once for all
 * values of variables that make no difference to it.
 */
export function costPlugin(limits: CostLimits): Plugin {
  const documents = new WeakMap<object, { readonly schema: GraphQLSchema; readonly document: DocumentNode }>();
  const costs = createCosts(limits.pageSize);
  return {
    onValidate({ context, params: { schema, documentAST: document } }) {
      documents.set(context, { schema, document });
    },
    onContextBuilding({ context }) {
      const found = documents.get(context);
      if (found === undefined) return;
      const { operationName, variables } = context.params;
      const operation = getOperationAST(found.document, operationName);
      const cost = operation ? costs({ ...found, operation, variables: variables ?? {} }) : 0;
      if (cost > limits.cost) throw tooCostly(cost, limits.cost);
    },
  };
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Record<string, unknown>;
}

/** The costs of an operation by the values of its variables. */
type CostsByValues = QuickLRU<string, number>;

/** Works costs out, and keeps them. */
function createCosts(pageSize: number): (asked: Asked) => number {
  const kept = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, CostsByValues>>();
  return (asked) => {
    const { schema, operation, variables } = asked;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    // The executor says so, and executes nothing.
    if (coerced === undefined) return 0;
    const ofSchema = kept.get(schema) ?? new WeakMap<OperationDefinitionNode, CostsByValues>();
    kept.set(schema, ofSchema);
    const known = ofSchema.get(operation) ?? new QuickLRU<string, number>({ maxSize: MAX_KEPT });
    ofSchema.set(operation, known);
    const values = countedValues(operation, coerced);
    const found = known.get(values);
    if (found !== undefined) return found;
    const cost = costOf(asked, pageSize);
    known.set(values, cost);
    return cost;
  };
}

/** By their coerced values: one that is null is another than one that has its default. */
function countedValues(operation: OperationDefinitionNode, coerced: Readonly<Record<string, unknown>>): string {
  const counted = (operation.variableDefinitions ?? []).filter(({ type }) => COUNTED_TYPES.has(nameOf(type)));
  return JSON.stringify(
    counted.map(({ variable: { name } }) => [Object.hasOwn(coerced, name.value), coerced[name.value]]),
  );
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function costOf({ schema, document, operation, variables }: Asked, pageSize: number): number {
  const estimate = ({ field, args, childComplexity }: ComplexityEstimatorArgs): number => {
    if (!isCompositeType(getNamedType(field.type))) return 0;
    const takesPage = field.args.some(({ name }) => PAGE_ARGUMENTS.includes(name));
    return (takesPage ? sizeOf(args, pageSize) : 1) * (1 + childComplexity);
  };
  const operationName = operation.name?.value;
  return getComplexity({
    schema,
    query: document,
    variables,
    estimators: [estimate],
    ...(operationName !== undefined && { operationName }),
  });
}

function sizeOf(args: Readonly<Record<string, unknown>>, pageSize: number): number {
  const asked = PAGE_ARGUMENTS.map((name) => args[name]).filter((size) => typeof size === "number");
  return asked.length === 0 ? pageSize : Math.max(0, ...asked);
}

function tooCostly(cost: number, maximum: number): GraphQLError {
  return new GraphQLError(
    `The answer might hold ${cost} objects, and at most ${maximum} may be asked for at once: ask for shorter lists (limit, ` +
      "first, last), or nest fewer of them.",
    { extensions: { code: "LIMIT_EXCEEDED", details: { cost, maximum }, http: { status: 400, spec: true } } },
  );
}
