import { type GraphQLFieldConfig, GraphQLInt, GraphQLList, GraphQLNonNull } from "graphql";
import type { GraphQLContext } from "../context.ts";
import type { AggregateParts } from "../parts.ts";
import { permitColumns } from "../permit.ts";
import { columnEnum, distinctColumns } from "./column-enum.ts";
import { readDistinct } from "./distinct.ts";
import { byKeys } from "./join-keys.ts";
import { matchingOf } from "./matching.ts";
import { type OrderBy, compileOrderBy } from "./order-by.ts";
import { pageOf } from "./page.ts";
import { readMatching } from "./read-documents.ts";
import { selectedColumns, selectedPaths } from "./selected-columns.ts";

interface ListArguments {
  readonly where?: unknown;
  /** Stored paths. */
  readonly distinct?: readonly string[] | null;
  readonly orderBy?: readonly OrderBy[] | null;
  readonly limit?: number | null;
  readonly offset?: number | null;
}

/** The query of a list of documents. */
export function listField(parts: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, ListArguments> {
  const { plan, document, where, orderBy, limits } = parts;
  const { defaultPageSize, maxPageSize } = limits;
  return {
    type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(document))),
    description: `Documents of ${plan.typeName}: at most ${maxPageSize} at once, ${defaultPageSize} unless \`limit\` says otherwise.`,
    args: {
      where: { type: where, description: "Which documents; default: all." },
      distinct: {
        type: new GraphQLList(new GraphQLNonNull(columnEnum(plan))),
        description:
          "Only the first document in the order of each combination of these columns' values; null is a value here.",
      },
      orderBy: {
        type: new GraphQLList(new GraphQLNonNull(orderBy)),
        description: "The order, most significant first; the id decides last, so that pages never overlap.",
      },
      limit: { type: GraphQLInt, defaultValue: defaultPageSize, description: `How many, at most ${maxPageSize}.` },
      offset: { type: GraphQLInt, defaultValue: 0, description: "How many to leave out before the first." },
    },
    resolve: async (_root, args, context, info) => {
      const { limit, skip } = pageOf(args.limit, args.offset, limits);
      const asked = matchingOf(context, parts, args.where);
      const order = args.orderBy ?? [];
      const sort = compileOrderBy(plan, order);
      const distinct = new Set(args.distinct);
      permitColumns(context, "read", plan.aggregate.name, [
        ...distinctColumns(plan).flatMap(({ name, path }) => (distinct.has(path) ? name : [])),
        ...order.flatMap((entry) => Object.keys(entry)),
        // Once, in place of once a document.
        ...selectedColumns(plan, info).map(({ name }) => name),
      ]);
      // A limit of 0 means no limit to MongoDB.
      const page = { sort, skip, limit: limit || 1, fields: selectedPaths(plan, info) };
      const matching = await byKeys(context, asked);
      const documents =
        distinct.size === 0
          ? await readMatching(context, plan.aggregate, matching, page)
          : await readDistinct(context, plan.aggregate, matching, [...distinct], page);
      return limit === 0 ? [] : documents;
    },
  };
}
