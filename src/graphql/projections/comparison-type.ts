import {
  GraphQLEnumType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { Comparison, DocumentDifference } from "../../model/builds.ts";
import type { GraphQLContext } from "../context.ts";
import type { ComparisonItem } from "./comparison-watch.ts";
import { LongScalar } from "../types/scalars.ts";

const onlyType = new GraphQLEnumType({
  name: "ProjectionSide",
  description: "One of two builds that are compared.",
  values: { LIVE: { value: "live" }, NEXT: { value: "next" } },
});

const differenceType = new GraphQLObjectType<DocumentDifference, GraphQLContext>({
  name: "ProjectionDifference",
  description: "A document that two builds have otherwise.",
  fields: {
    collection: { type: needed(GraphQLString), description: "The collection, by the live build's first name." },
    id: { type: needed(GraphQLString), description: "The document's id." },
    columns: {
      type: needed(new GraphQLList(needed(GraphQLString))),
      description: "Columns whose values differ, as far as they are shown at all; none where only one build has it.",
    },
    only: { type: onlyType, description: "The build that alone has it; null: both have." },
  },
});

/** How two builds compare. */
export const comparisonType: GraphQLObjectType<Comparison, GraphQLContext> = new GraphQLObjectType<
  Comparison,
  GraphQLContext
>({
  name: "ProjectionComparison",
  description: "How the documents of the live build and the next one compare, `_meta` left out.",
  fields: {
    equal: count("Documents that are equal.", ({ equal }) => equal),
    different: count("Documents that differ in some column.", ({ different }) => different),
    onlyLive: count("Documents that only the live build has.", ({ onlyLive }) => onlyLive),
    onlyNext: count("Documents that only the next build has.", ({ onlyNext }) => onlyNext),
    samples: {
      type: needed(new GraphQLList(needed(differenceType))),
      description: "Some of those that differ, in the order of their ids.",
    },
  },
});

/** How far a comparison is. */
export const comparisonProgressType: GraphQLObjectType<ComparisonItem, GraphQLContext> = new GraphQLObjectType<
  ComparisonItem,
  GraphQLContext
>({
  name: "ProjectionComparisonProgress",
  description: "How far a comparison is.",
  fields: {
    compared: {
      type: new GraphQLNonNull(LongScalar),
      description: "Documents that were looked at so far.",
      resolve: ({ compared }) => String(compared),
    },
    comparison: {
      type: comparisonType,
      description: "What was found; null until the end.",
      resolve: ({ comparison }) => comparison,
    },
  },
});

function count(
  description: string,
  of: (comparison: Comparison) => number,
): {
  readonly type: GraphQLNonNull<typeof LongScalar>;
  readonly description: string;
  readonly resolve: (comparison: Comparison) => string;
} {
  return { type: new GraphQLNonNull(LongScalar), description, resolve: (comparison) => String(of(comparison)) };
}

function needed(type: GraphQLOutputType): GraphQLOutputType {
  return new GraphQLNonNull(type);
}
