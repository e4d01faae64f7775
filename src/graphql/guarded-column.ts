import { type GraphQLFieldConfig, type GraphQLResolveInfo, OperationTypeNode, defaultFieldResolver } from "graphql";
import type { Action } from "../security/authorize.ts";
import type { GraphQLContext } from "./context.ts";
import { permitColumn } from "./permit.ts";

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

/** What showing a document is: to subscribers, or to who reads it, after a mutation too. */
function documentAction({ operation }: GraphQLResolveInfo): Action {
  return operation.operation === OperationTypeNode.SUBSCRIPTION ? "subscribe" : "read";
}
