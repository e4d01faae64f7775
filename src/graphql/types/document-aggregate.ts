import type { GraphQLNamedType } from "graphql";

/** Where the type of an aggregate's documents carries the aggregate's name. */
const AGGREGATE = "eventqlAggregate";

/** The extensions of the type of an aggregate's documents. */
export function documentExtensions(aggregate: string): Readonly<Record<string, string>> {
  return { [AGGREGATE]: aggregate };
}

/** The name of the aggregate whose documents a type is of; undefined: it is of something else. */
export function documentAggregate(type: GraphQLNamedType | null | undefined): string | undefined {
  const aggregate = type?.extensions[AGGREGATE];
  return typeof aggregate === "string" ? aggregate : undefined;
}
