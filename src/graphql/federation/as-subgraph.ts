import { type GraphQLFieldConfigMap, GraphQLObjectType, GraphQLSchema } from "graphql";
import type { Catalog } from "../../catalog/types.ts";
import type { GraphQLContext } from "../context.ts";
import { entitiesField } from "./entities-field.ts";
import { entitiesOf } from "./entities.ts";
import { serviceField } from "./service-field.ts";

/**
 * The API of a catalog as an Apollo Federation 2 subgraph: with the queries by which a gateway learns of its types, and
 * reads documents by their keys. Each aggregate is an entity.
 * Source: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
 */
export function asSubgraph(api: GraphQLSchema, catalog: Catalog): GraphQLSchema {
  const query = api.getQueryType();
  if (!query) return api;
  const { types, ...config } = api.toConfig();
  const entities = entitiesOf(api, catalog);
  return new GraphQLSchema({
    ...config,
    types: types.filter((type) => type !== query),
    query: withFields(query, {
      _service: serviceField(api),
      ...(entities.size > 0 && { _entities: entitiesField(entities) }),
    }),
  });
}

function withFields(
  type: GraphQLObjectType<unknown, GraphQLContext>,
  added: GraphQLFieldConfigMap<unknown, GraphQLContext>,
): GraphQLObjectType<unknown, GraphQLContext> {
  const { fields, ...config } = type.toConfig();
  return new GraphQLObjectType<unknown, GraphQLContext>({ ...config, fields: { ...fields, ...added } });
}
