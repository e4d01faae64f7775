import { type GraphQLFieldConfig, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } from "graphql";
import type { GraphQLContext } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import { permitColumns } from "../../permit.ts";
import { columnEnum, distinctColumns } from "../column-enum.ts";
import { byKeys } from "../join-keys.ts";
import { matchStages, matchingOf } from "../matching.ts";
import type { WhereModel } from "../where/where-field.ts";
import { runPipeline } from "../read.ts";
import { groupOrderByType, havingType, truncateType } from "./group-inputs.ts";
import { groupPipeline } from "./group-pipeline.ts";
import { type GroupArguments, groupRequest, requestedColumns } from "./group-request.ts";
import { havingModel } from "./having.ts";
import { groupType } from "./group-type.ts";
import { selectedGroup } from "./selected-measures.ts";
import { UTC } from "./time-zone.ts";

/** The query of groups of documents: what SQL's `GROUP BY` gives. */
export function groupField(parts: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, GroupArguments> {
  const { plan, limits } = parts;
  const type = groupType(parts);
  const having = havingModel(parts);
  const names = new Map(distinctColumns(plan).map(({ path, name }) => [path, name]));
  return {
    type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type))),
    description: `Groups of ${plan.typeName} documents, and what their values come to: at most ${limits.maxPageSize} groups at once, ${limits.defaultPageSize} unless \`limit\` says otherwise. Without \`groupBy\` all documents are one group, which is there even without documents.`,
    args: groupArguments(parts, having),
    resolve: async (_root, args, context, info) => {
      const asked = matchingOf(context, parts, args.where);
      const selected = selectedGroup(type, info, (path) => names.get(path) ?? path);
      permitColumns(context, "read", plan.aggregate.name, requestedColumns(plan, args, selected));
      const request = groupRequest(parts, having, args, selected);
      // MongoDB refuses a limit of 0.
      if (request.page.limit === 0) return [];
      const matching = await byKeys(context, asked);
      return runPipeline(context, plan.aggregate, [...matchStages(matching), ...groupPipeline(request)]);
    },
  };
}

function groupArguments(
  parts: AggregateParts,
  having: WhereModel,
): NonNullable<GraphQLFieldConfig<unknown, GraphQLContext, GroupArguments>["args"]> {
  const { where, plan, limits } = parts;
  const truncate = truncateType(parts);
  return {
    where: { type: where, description: "Of which documents; default: all." },
    groupBy: {
      type: new GraphQLList(new GraphQLNonNull(columnEnum(plan))),
      description: "The columns whose values the documents of a group share; null is a value here.",
    },
    ...(truncate === undefined
      ? {}
      : {
          truncate: { type: truncate, description: "What times are cut to, of columns that are grouped by." },
          timeZone: {
            type: GraphQLString,
            defaultValue: UTC,
            description: "The time zone in which moments are cut, by its name in the IANA database: `Europe/Berlin`.",
          },
        }),
    having: { type: havingType(parts, having), description: "Which groups; default: all." },
    orderBy: {
      type: new GraphQLList(new GraphQLNonNull(groupOrderByType(parts))),
      description: "The order, most significant first; the key decides last, so that pages never overlap.",
    },
    limit: {
      type: GraphQLInt,
      defaultValue: limits.defaultPageSize,
      description: `How many groups, at most ${limits.maxPageSize}.`,
    },
    offset: { type: GraphQLInt, defaultValue: 0, description: "How many groups to leave out before the first." },
  };
}
