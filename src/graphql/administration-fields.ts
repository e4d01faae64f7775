import type { GraphQLFieldConfigMap } from "graphql";
import type { GraphQLContext } from "./context.ts";
import { deadLetterFields } from "./dead-letters/dead-letter-fields.ts";
import { projectionFields } from "./projections/projection-fields.ts";
import type { GraphQLLimits } from "./services.ts";

type Fields = GraphQLFieldConfigMap<unknown, GraphQLContext>;

/** What administrators do: of the API of a process, whatever its catalog holds. */
export function administrationFields(
  limits: GraphQLLimits,
): Readonly<Record<"queries" | "mutations" | "subscriptions", Fields>> {
  const ofProjections = projectionFields();
  const ofDeadLetters = deadLetterFields(limits);
  return {
    queries: { ...ofProjections.queries, ...ofDeadLetters.queries },
    mutations: { ...ofProjections.mutations, ...ofDeadLetters.mutations },
    subscriptions: ofProjections.subscriptions,
  };
}
