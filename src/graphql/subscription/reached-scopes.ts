import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  TypeInfo,
  getNamedType,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { GraphQLContext } from "../context.ts";
import { scopeOf } from "../permit.ts";
import { documentAggregate } from "../types/document-aggregate.ts";
import { scopeText } from "./scope.ts";

/** What the caller may see of the documents that an operation's relations lead to, as text: equal scopes, equal texts. */
export type ReachedScopes = (args: Pick<ExecutionArgs, "schema" | "document">, context: GraphQLContext) => string;

/** Makes the texts; what a document reaches is looked up once. */
export function reachedScopes(): ReachedScopes {
  const known = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, readonly string[]>>();
  return ({ schema, document }, context) => {
    const ofSchema = known.get(schema) ?? new WeakMap<DocumentNode, readonly string[]>();
    known.set(schema, ofSchema);
    const reached = ofSchema.get(document) ?? reachedAggregates(schema, document);
    ofSchema.set(document, reached);
    return reached.map((aggregate) => `${aggregate} ${readScopeText(context, aggregate)}`).join(" ");
  };
}

/** The aggregates that relations lead to, sorted. */
function reachedAggregates(schema: GraphQLSchema, document: DocumentNode): readonly string[] {
  const reached = new Set<string>();
  const types = new TypeInfo(schema);
  const collect = (): void => {
    if (documentAggregate(types.getParentType()) === undefined) return;
    const aggregate = documentAggregate(getNamedType(types.getType()));
    if (aggregate !== undefined) reached.add(aggregate);
  };
  visit(document, visitWithTypeInfo(types, { Field: collect }));
  return [...reached].sort();
}

/** Who may see nothing is told so by the relation's field. */
function readScopeText(context: GraphQLContext, aggregate: string): string {
  try {
    return scopeText(scopeOf(context, "read", aggregate));
  } catch {
    return "nothing";
  }
}
