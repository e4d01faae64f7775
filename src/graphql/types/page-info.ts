import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { GraphQLContext } from "../context.ts";

/** Where a page stands: each is found out when it is asked for. */
export interface PageInfo {
  hasNextPage(): boolean | Promise<boolean>;
  hasPreviousPage(): boolean | Promise<boolean>;
  startCursor(): string | null | Promise<string | null>;
  endCursor(): string | null | Promise<string | null>;
}

/** The page information that all lists by pages share. */
export const pageInfoType: GraphQLObjectType<PageInfo, GraphQLContext> = new GraphQLObjectType({
  name: "PageInfo",
  description: "Where a page stands in its list, after the Relay cursor connections specification.",
  fields: {
    hasNextPage: shown(new GraphQLNonNull(GraphQLBoolean), "Whether more follow."),
    hasPreviousPage: shown(new GraphQLNonNull(GraphQLBoolean), "Whether more come before."),
    startCursor: shown(GraphQLString, "The cursor of what comes first; null where there is nothing."),
    endCursor: shown(GraphQLString, "The cursor of what comes last; null where there is nothing."),
  },
});

function shown(type: GraphQLOutputType, description: string): GraphQLFieldConfig<PageInfo, GraphQLContext> {
  return { type, description };
}
