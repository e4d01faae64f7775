import { type GraphQLFieldConfig, GraphQLNonNull, type GraphQLNullableType } from "graphql";
import type { GraphQLContext } from "../context.ts";

/** What a field shows of something. */
type Show<T> = (of: T, context: GraphQLContext) => unknown;

/** A field without arguments that always has a value. */
export function needed<T>(
  type: GraphQLNullableType & GraphQLFieldConfig<T, GraphQLContext>["type"],
  description: string,
  show: Show<T>,
): GraphQLFieldConfig<T, GraphQLContext> {
  return { ...given(type, description, show), type: new GraphQLNonNull(type) };
}

/** A field without arguments that may be null. */
export function given<T>(
  type: GraphQLFieldConfig<T, GraphQLContext>["type"],
  description: string,
  show: Show<T>,
): GraphQLFieldConfig<T, GraphQLContext> {
  return { type, description, resolve: (of, _args, context) => show(of, context) };
}
