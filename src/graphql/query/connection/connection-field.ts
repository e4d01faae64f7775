import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLResolveInfo,
  GraphQLString,
} from "graphql";
import type { GraphQLContext } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import { permitColumns } from "../../permit.ts";
import { byKeys } from "../join-keys.ts";
import { matchingOf } from "../matching.ts";
import { type OrderBy, compileOrderBy } from "../order-by.ts";
import { innerSelection, selectedColumns, selectedPaths } from "../selected-columns.ts";
import { type ConnectionSource, connectionType } from "./connection-type.ts";
import { type Place, cursorsOf } from "./cursor.ts";
import {
  type ConnectionPage,
  type ConnectionRequest,
  countAll,
  isAnyAfter,
  isAnyBefore,
  readPage,
} from "./read-page.ts";
import { type SliceArguments, sliceOf } from "./slice.ts";

interface ConnectionArguments extends SliceArguments {
  readonly where?: unknown;
  readonly orderBy?: readonly OrderBy[] | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** The query of a list by pages, after the Relay cursor connections specification: https://relay.dev/graphql/connections.htm */
export function connectionField(
  parts: AggregateParts,
): GraphQLFieldConfig<unknown, GraphQLContext, ConnectionArguments> {
  const { typeName } = parts.plan;
  return {
    type: new GraphQLNonNull(connectionType(parts)),
    description: `Documents of ${typeName} by pages that neither skip nor repeat one, whatever is written between them.`,
    args: argumentsOf(parts),
    resolve: async (_root, args, context, info) => await sourceOf(parts, args, context, info),
  };
}

function argumentsOf({ where, orderBy, limits }: AggregateParts): GraphQLFieldConfigArgumentMap {
  const { defaultPageSize, maxPageSize } = limits;
  const sizes = `at most ${maxPageSize}`;
  return {
    where: { type: where, description: "Which documents; default: all." },
    orderBy: {
      type: new GraphQLList(new GraphQLNonNull(orderBy)),
      description: "The order, most significant first; the id decides last.",
    },
    first: { type: GraphQLInt, description: `How many from the beginning, ${sizes}; default: ${defaultPageSize}.` },
    after: { type: GraphQLString, description: "A cursor: what follows it. Of the same `orderBy`." },
    last: { type: GraphQLInt, description: `How many from the end, ${sizes}; not with \`first\`.` },
    before: { type: GraphQLString, description: "A cursor: what comes before it. Of the same `orderBy`." },
  };
}

async function sourceOf(
  parts: AggregateParts,
  args: ConnectionArguments,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
): Promise<ConnectionSource> {
  const { plan, limits } = parts;
  const slice = sliceOf(args, limits);
  const order = args.orderBy ?? [];
  const sort = compileOrderBy(plan, order);
  const cursors = cursorsOf(plan, sort);
  const nodes = innerSelection(info, [["nodes"], ["edges", "node"]]);
  const asked = matchingOf(context, parts, args.where);
  permitColumns(context, "read", plan.aggregate.name, [
    ...order.flatMap((entry) => Object.keys(entry)),
    // Once, in place of once a document.
    ...selectedColumns(plan, nodes).map(({ name }) => name),
  ]);
  const placeOf = (cursor: string | null | undefined, argument: string): Place | undefined =>
    cursor === null || cursor === undefined ? undefined : cursors.read(cursor, argument);
  const [after, before] = [placeOf(args.after, "after"), placeOf(args.before, "before")];
  const matching = await byKeys(context, asked);
  const fields = [...new Set([...selectedPaths(plan, nodes), ...Object.keys(sort)])];
  return { cursors, ...readersOf({ context, plan, matching, sort, slice, after, before, fields }) };
}

function readersOf(request: ConnectionRequest): Omit<ConnectionSource, "cursors"> {
  let reading: Promise<ConnectionPage> | undefined;
  const page = (): Promise<ConnectionPage> => (reading ??= readPage(request));
  const hasMore = async (): Promise<boolean> => (await page()).hasMore;
  const { fromEnd } = request.slice;
  return {
    page,
    hasNext: async () => await (fromEnd ? isAnyAfter(request) : hasMore()),
    hasPrevious: async () => await (fromEnd ? hasMore() : isAnyBefore(request)),
    count: async () => await countAll(request),
  };
}
