import { type GraphQLFieldConfig, type GraphQLResolveInfo, OperationTypeNode, defaultFieldResolver } from "graphql";
import type { Action } from "../security/authorize.ts";
import type { GraphQLContext } from "./context.ts";
import { permitColumn } from "./permit.ts";
import { documentAggregate } from "./types/document-aggregate.ts";

/** A document's field that is an error, `FORBIDDEN`, where the caller may not see the column. */
export function guardedColumn<Source>(
  field: GraphQLFieldConfig<Source, GraphQLContext>,
  aggregate: string,
  column: string,
): GraphQLFieldConfig<Source, GraphQLContext> {
  const { resolve = defaultFieldResolver } = field;
  return {
    ...field,
    resolve: (source, args, context, info) => {
      permitColumn(context, documentAction(info), aggregate, column);
      return resolve(source, args, context, info);
    },
  };
}

/**
 * What showing the document is that a field is of: to subscribers what they have subscribed to; all else is reading, what
 * a mutation shows, and what a document leads to.
 */
export function documentAction({ operation, path, schema }: GraphQLResolveInfo): Action {
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return "read";
  let giver = path.prev;
  // The place in a list has no type.
  while (giver !== undefined && giver.typename === undefined) giver = giver.prev;
  const isRelated = documentAggregate(schema.getType(giver?.typename ?? "")) !== undefined;
  return isRelated ? "read" : "subscribe";
}
