import { DirectiveLocation, GraphQLDirective, GraphQLInt, GraphQLNonNull, GraphQLString } from "graphql";
import type { GraphQLLimits } from "../services.ts";

/** The directive `@consistentWith`, which waits for what a receipt stands for before a query is executed. */
export function consistentWithDirective({ defaultWaitMs, maxWaitMs }: GraphQLLimits): GraphQLDirective {
  return new GraphQLDirective({
    name: "consistentWith",
    description:
      "Answers only when the read model shows what the receipt stands for, else with an error: never with a stale answer.",
    isRepeatable: true,
    locations: [DirectiveLocation.QUERY],
    args: {
      receipt: { type: new GraphQLNonNull(GraphQLString), description: "The receipt that a mutation returned." },
      timeoutMs: {
        type: GraphQLInt,
        defaultValue: defaultWaitMs,
        description: `The longest wait in ms, cut to ${maxWaitMs}; after it the code is \`NOT_YET_PROJECTED\`.`,
      },
    },
  });
}
