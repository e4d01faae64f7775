import { type GraphQLSchema, assertValidSchema } from "graphql";
import { EventQLError, messageOf } from "../errors.ts";
import { buildSchema } from "./build-schema.ts";
import { asSubgraph } from "./federation/as-subgraph.ts";
import type { GraphQLServices } from "./services.ts";

/**
 * Builds the GraphQL API of a catalog as it is served, a subgraph too: whole, so that nothing of it can fail when it is
 * asked for.
 * @throws EventQLError `CATALOG_INVALID` where the catalog makes no valid GraphQL schema.
 */
export function buildValidSchema(of: Pick<GraphQLServices, "catalog" | "limits">): GraphQLSchema {
  try {
    const schema = asSubgraph(buildSchema(of), of.catalog);
    assertValidSchema(schema);
    return schema;
  } catch (error) {
    throw new EventQLError("CATALOG_INVALID", `The schemas make no GraphQL API: ${messageOf(error)}`, { cause: error });
  }
}
