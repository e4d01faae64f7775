import { type GraphQLFieldConfig, GraphQLID, GraphQLNonNull } from "graphql";
import type { GraphQLContext } from "../context.ts";
import { checkedKey } from "../key.ts";
import type { AggregateParts } from "../parts.ts";
import { type AsOf, asOfType } from "./history/as-of.ts";
import { pastDocument } from "./history/past-document.ts";
import { loadDocument } from "./read-documents.ts";

interface LookupArguments {
  readonly id: string;
  readonly asOf?: AsOf | null;
}

/** The query of a document by its key. */
export function lookupField({
  plan,
  document,
}: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, LookupArguments> {
  return {
    type: document,
    description: `The ${plan.typeName} of an id; null where there is none.`,
    args: {
      id: { type: new GraphQLNonNull(GraphQLID), description: "The key of the events." },
      ...(plan.aggregate.projected === undefined && {
        asOf: { type: asOfType, description: "As it was then; what it leads to is as of now. Default: as it is now." },
      }),
    },
    resolve: (_root, { id, asOf }, context) =>
      asOf === undefined || asOf === null
        ? loadDocument(context, plan.aggregate, checkedKey(id))
        : pastDocument(context, plan, checkedKey(id), asOf),
  };
}
