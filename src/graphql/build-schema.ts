import {
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  specifiedDirectives,
} from "graphql";
import { EventQLError } from "../errors.ts";
import { administrationFields } from "./administration-fields.ts";
import { consistentWithDirective } from "./consistency/directive.ts";
import type { GraphQLContext } from "./context.ts";
import { mutationFields } from "./mutation/mutation-fields.ts";
import { ownedFields } from "./owned-fields.ts";
import type { AggregateParts } from "./parts.ts";
import { type SchemaPlan, planSchema } from "./plan.ts";
import { orderByType } from "./query/order-by.ts";
import { queryFields } from "./query/query-fields.ts";
import { relatedModels } from "./query/where/related-model.ts";
import { whereTypes } from "./query/where/where-types.ts";
import type { GraphQLLimits, GraphQLServices } from "./services.ts";
import { eventMetaType } from "./subscription/event-meta.ts";
import { eventUnion } from "./subscription/event-types.ts";
import { subscriptionFields } from "./subscription/subscription-fields.ts";
import { inputConverter } from "./types/convert-input.ts";
import { documentType } from "./types/document.ts";
import { inputTypes } from "./types/input.ts";
import { type OutputTypes, outputTypes } from "./types/output.ts";

/**
 * Builds the GraphQL API of a catalog: a query by key, a list, mutations and subscriptions for each aggregate. Its resolvers take
 * everything else from the `GraphQLContext`.
 */
export function buildSchema({ catalog, limits }: Pick<GraphQLServices, "catalog" | "limits">): GraphQLSchema {
  const plan = planSchema(catalog);
  const outputs = outputTypes(plan.types);
  const inputs = inputTypes(plan.types, outputs);
  const convert = inputConverter();
  const parts = aggregateParts(plan, outputs, limits);
  const ofOwned = ownedFields(plan, { inputs, convert, limits });
  const ofAdministration = administrationFields(limits);
  return new GraphQLSchema({
    description: "Documents made of events, and the events to change them.",
    query: rootType("Query", "What the events have made.", [
      generationField(catalog.generation),
      ...parts.map(queryFields),
      ofOwned.queries,
      ofAdministration.queries,
    ]),
    mutation: rootType("Mutation", "Events to append, in the order of the fields.", [
      ...parts.map(({ plan, document, events }) => mutationFields({ plan, document, events, inputs, convert, limits })),
      ofOwned.mutations,
      ofAdministration.mutations,
    ]),
    subscription: rootType("Subscription", "What changes, as it changes.", [
      ...parts.map(subscriptionFields),
      ofOwned.subscriptions,
      ofAdministration.subscriptions,
    ]),
    directives: [...specifiedDirectives, consistentWithDirective(limits)],
  });
}

function aggregateParts(
  { aggregates, types }: SchemaPlan,
  outputs: OutputTypes,
  limits: GraphQLLimits,
): readonly AggregateParts[] {
  const wheres = whereTypes(outputs);
  const meta = eventMetaType(aggregates.some(({ aggregate }) => aggregate.owned?.transactions === true));
  const modelOf = relatedModels(aggregates, types);
  const made = new Map<string, AggregateParts>();
  const of = (aggregate: string): AggregateParts => {
    const parts = made.get(aggregate);
    if (parts === undefined) throw new EventQLError("INTERNAL", `There is no aggregate ${aggregate}.`);
    return parts;
  };
  return aggregates.map((plan) => {
    const model = modelOf(plan);
    const parts: AggregateParts = {
      plan,
      document: documentType(plan, outputs, of),
      outputs,
      events: eventUnion(plan, outputs, meta),
      where: wheres.of(plan, model),
      orderBy: orderByType(plan),
      model,
      filterOf: wheres.filterOf,
      limits,
      of,
    };
    made.set(plan.aggregate.name, parts);
    return parts;
  });
}

/** Null without fields: GraphQL has no such types. */
function rootType(
  name: string,
  description: string,
  fields: readonly GraphQLFieldConfigMap<unknown, GraphQLContext>[],
): GraphQLObjectType<unknown, GraphQLContext> | null {
  if (fields.every((each) => Object.keys(each).length === 0)) return null;
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
