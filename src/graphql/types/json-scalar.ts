import { GraphQLScalarType, valueFromASTUntyped } from "graphql";

/** Any JSON value. */
export const JsonScalar: GraphQLScalarType<unknown, unknown> = new GraphQLScalarType<unknown, unknown>({
  name: "JSON",
  description: "Any JSON value. Numbers beyond 2⁵³ are to be given as strings.",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
