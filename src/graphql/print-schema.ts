import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";

/** A schema as SDL, with descriptions and directives, sorted by name so that equal schemas print equal text. */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
