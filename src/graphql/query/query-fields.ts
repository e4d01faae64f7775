import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  type GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLObjectType,
} from "graphql";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import { permitColumns } from "../permit.ts";
import type { AggregatePlan } from "../plan.ts";
import type { GraphQLLimits } from "../services.ts";
import { compileWhere } from "./compile-where.ts";
import { type OrderBy, compileOrderBy, orderByType } from "./order-by.ts";
import { pageOf } from "./page.ts";
import { loadDocument, readDocuments } from "./read-documents.ts";
import { selectedColumns, selectedPaths } from "./selected-columns.ts";
import { whereColumns } from "./where-columns.ts";
import type { WhereModel } from "./where-model.ts";

/** What the queries of an aggregate are built of. */
export interface QueryParts {
  readonly plan: AggregatePlan;
  readonly document: GraphQLObjectType<StoredDocument, GraphQLContext>;
  readonly where: GraphQLInputObjectType;
  readonly model: WhereModel;
  readonly limits: GraphQLLimits;
}

interface ListArguments {
  readonly where?: unknown;
  readonly orderBy?: readonly OrderBy[] | null;
  readonly limit?: number | null;
  readonly offset?: number | null;
}

/** The queries of an aggregate: by key, and the list. */
export function queryFields(parts: QueryParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { singular, plural } = parts.plan;
  return { [singular]: lookupField(parts), [plural]: listField(parts) };
}

function lookupField({
  plan,
  document,
}: QueryParts): GraphQLFieldConfig<unknown, GraphQLContext, { readonly id: string }> {
  return {
    type: document,
    description: `The ${plan.typeName} of an id; null where there is none.`,
    args: { id: { type: new GraphQLNonNull(GraphQLID), description: "The key of the events." } },
    resolve: (_root, { id }, context) => loadDocument(context, plan.aggregate, checkedKey(id)),
  };
}

function listField(parts: QueryParts): GraphQLFieldConfig<unknown, GraphQLContext, ListArguments> {
  const { plan, document, where, model, limits } = parts;
  const { defaultPageSize, maxPageSize } = limits;
  return {
    type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(document))),
    description: `Documents of ${plan.typeName}: at most ${maxPageSize} at once, ${defaultPageSize} unless \`limit\` says otherwise.`,
    args: {
      where: { type: where, description: "Which documents; default: all." },
      orderBy: {
        type: new GraphQLList(new GraphQLNonNull(orderByType(plan))),
        description: "The order, most significant first; the id decides last, so that pages never overlap.",
      },
      limit: { type: GraphQLInt, defaultValue: defaultPageSize, description: `How many, at most ${maxPageSize}.` },
      offset: { type: GraphQLInt, defaultValue: 0, description: "How many to leave out before the first." },
    },
    resolve: async (_root, args, context, info) => {
      const { limit, skip } = pageOf(args.limit, args.offset, limits);
      const filter = compileWhere(model, args.where, limits);
      const orderBy = args.orderBy ?? [];
      const sort = compileOrderBy(plan, orderBy);
      permitColumns(context, "read", plan.aggregate.name, [
        ...whereColumns(args.where),
        ...orderBy.flatMap((entry) => Object.keys(entry)),
        // Once, in place of once a document.
        ...selectedColumns(plan, info).map(({ name }) => name),
      ]);
      // A limit of 0 means no limit to MongoDB.
      const fields = selectedPaths(plan, info);
      const documents = await readDocuments(context, plan.aggregate, { filter, sort, skip, limit: limit || 1, fields });
      return limit === 0 ? [] : documents;
    },
  };
}
