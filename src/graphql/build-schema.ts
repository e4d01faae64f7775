import {
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  specifiedDirectives,
} from "graphql";
import { consistentWithDirective } from "./consistency/directive.ts";
import type { GraphQLContext } from "./context.ts";
import { mutationFields } from "./mutation/mutation-fields.ts";
import { planSchema } from "./plan.ts";
import { queryFields } from "./query/query-fields.ts";
import { whereModels } from "./query/where-model.ts";
import { whereTypes } from "./query/where-types.ts";
import type { GraphQLServices } from "./services.ts";
import { subscriptionFields } from "./subscription/subscription-fields.ts";
import { inputConverter } from "./types/convert-input.ts";
import { documentType } from "./types/document.ts";
import { inputTypes } from "./types/input.ts";
import { outputTypes } from "./types/output.ts";

/**
 * Builds the GraphQL API of a catalog: a query by key, a list, mutations and subscriptions for each aggregate. Its resolvers take
 * everything else from the `GraphQLContext`.
 */
export function buildSchema({ catalog, limits }: Pick<GraphQLServices, "catalog" | "limits">): GraphQLSchema {
  const { aggregates, types } = planSchema(catalog);
  const outputs = outputTypes(types);
  const inputs = inputTypes(types, outputs);
  const whereOf = whereTypes(outputs);
  const modelOf = whereModels(types);
  const convert = inputConverter();
  const queries: GraphQLFieldConfigMap<unknown, GraphQLContext>[] = [generationField(catalog.generation)];
  const mutations: GraphQLFieldConfigMap<unknown, GraphQLContext>[] = [];
  const subscriptions: GraphQLFieldConfigMap<unknown, GraphQLContext>[] = [];
  for (const plan of aggregates) {
    const document = documentType(plan, outputs);
    const model = modelOf(plan);
    const where = whereOf(plan, model);
    queries.push(queryFields({ plan, document, where, model, limits }));
    mutations.push(mutationFields({ plan, document, inputs, convert, limits }));
    subscriptions.push(subscriptionFields({ plan, document, outputs, where, model, limits }));
  }
  return new GraphQLSchema({
    description: "Documents made of events, and the events to change them.",
    query: rootType("Query", "What the events have made.", queries),
    mutation: rootType("Mutation", "Events to append, in the order of the fields.", mutations),
    subscription: rootType("Subscription", "What changes, as it changes.", subscriptions),
    directives: [...specifiedDirectives, consistentWithDirective(limits)],
  });
}

/** Null without fields: GraphQL has no such types. */
function rootType(
  name: string,
  description: string,
  fields: readonly GraphQLFieldConfigMap<unknown, GraphQLContext>[],
): GraphQLObjectType<unknown, GraphQLContext> | null {
  if (fields.length === 0) return null;
  return new GraphQLObjectType<unknown, GraphQLContext>({
    name,
    description,
    fields: () => Object.assign({}, ...fields),
  });
}

/** There whatever the catalog holds: GraphQL has no type without fields. */
function generationField(generation: number): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  return {
    _generation: {
      type: new GraphQLNonNull(GraphQLInt),
      description: "The newest schema id that this API was built from: it grows as schemas are registered.",
      resolve: () => generation,
    },
  };
}
