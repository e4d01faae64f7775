import { type GraphQLFieldConfig, GraphQLNonNull, GraphQLObjectType, type GraphQLSchema, GraphQLString } from "graphql";
import { EventQLError } from "../../errors.ts";
import type { GraphQLContext } from "../context.ts";
import { subgraphSdl } from "./subgraph-sdl.ts";

/** What `_service` shows. */
interface Service {
  sdl(): string;
}

/** The query by which a gateway learns of the API's types; where introspection is off, for administrators alone. */
export function serviceField(api: GraphQLSchema): GraphQLFieldConfig<unknown, GraphQLContext> {
  let printed: string | undefined;
  const service: Service = { sdl: () => (printed ??= subgraphSdl(api)) };
  return {
    type: new GraphQLNonNull(serviceType),
    description: "For the gateway of a supergraph: what this API is made of.",
    resolve: (_root, _args, context) => {
      if (mayIntrospect(context)) return service;
      throw new EventQLError(
        "FORBIDDEN",
        "You may not read the schema: introspection is off. Present an admin's credentials, or print it by `eventql schema print --subgraph`.",
      );
    },
  };
}

const serviceType = new GraphQLObjectType<Service, GraphQLContext>({
  name: "_Service",
  description: "This API as a subgraph.",
  fields: {
    sdl: { type: new GraphQLNonNull(GraphQLString), description: "Its types as SDL, with the keys of its entities." },
  },
});

function mayIntrospect({ services, caller }: GraphQLContext): boolean {
  return services.introspection || services.authorize(caller, "administer", "schema").allow;
}
