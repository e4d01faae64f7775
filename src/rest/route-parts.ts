import type { GraphQLSchema } from "graphql";
import { didYouMean } from "../catalog/problems.ts";
import type { Catalog } from "../catalog/types.ts";
import type { AggregatePlan, SchemaPlan } from "../graphql/plan.ts";
import type { Report } from "./document-view.ts";
import type { jsonReader } from "./json-input.ts";

/** What routes are compiled with. */
export interface RouteParts {
  readonly catalog: Catalog;
  readonly plan: SchemaPlan;
  /** The API that executes them. */
  readonly schema: GraphQLSchema;
  readonly reader: ReturnType<typeof jsonReader>;
  /** The path of the route that reads an aggregate by its key alone. */
  readonly pathOf: (aggregate: string) => string | undefined;
}

/** The aggregate of a name; undefined: there is none, which is reported. */
export function aggregateOf(name: string, { plan }: RouteParts, report: Report): AggregatePlan | undefined {
  const found = plan.aggregates.find(({ aggregate }) => aggregate.name === name);
  if (found !== undefined) return found;
  report(
    `names an aggregate ${name}, which there isn't`,
    didYouMean(
      name,
      plan.aggregates.map(({ aggregate }) => aggregate.name),
    ),
  );
  return undefined;
}
