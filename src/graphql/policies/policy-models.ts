import type { GraphQLInputObjectType } from "graphql";
import type { Catalog } from "../../catalog/types.ts";
import { INVALIDATION } from "../permit.ts";
import { type AggregatePlan, planSchema } from "../plan.ts";
import { type ColumnPlan, documentNames, planColumns } from "../plan-column.ts";
import type { WhereModel } from "../query/where/where-field.ts";
import { whereModels } from "../query/where/where-model.ts";
import { whereTypes } from "../query/where/where-types.ts";
import { outputTypes } from "../types/output.ts";

/** What the policies of an aggregate may name. */
export interface PolicyModel {
  /** Columns that callers may be shown, by their names in GraphQL. */
  readonly columns: readonly string[];
  /** Columns that nobody is shown; a filter may rest on them. */
  readonly hidden: readonly string[];
  /** What may be appended: event types and commands, by their names in GraphQL, and the invalidation of transactions. */
  readonly events: readonly string[];
  /** What those are called. */
  readonly eventKinds: string;
  /** The `where` of the aggregate with all columns: what it takes, and how it is compiled. */
  readonly where: GraphQLInputObjectType;
  readonly whereModel: WhereModel;
}

/** The models of a catalog's aggregates, by the aggregates' names. */
export function policyModels(catalog: Catalog): ReadonlyMap<string, PolicyModel> {
  const { aggregates, types } = planSchema(catalog);
  const modelOf = whereModels(types);
  const wheres = whereTypes(outputTypes(types));
  return new Map(
    aggregates.map((plan) => {
      const hidden = hiddenColumns(plan);
      const whole = { ...plan, columns: [...plan.columns, ...hidden] };
      const whereModel = modelOf(whole);
      return [
        plan.aggregate.name,
        {
          columns: plan.columns.map(({ name }) => name),
          hidden: hidden.map(({ name }) => name),
          ...appendable(plan),
          where: wheres.of(whole, whereModel),
          whereModel,
        },
      ];
    }),
  );
}

function appendable({ aggregate, commands }: AggregatePlan): Pick<PolicyModel, "events" | "eventKinds"> {
  const names = aggregate.eventTypes.map(({ name }) => name);
  return {
    events: [
      ...names,
      ...commands.map(({ commandType }) => commandType.name),
      ...(aggregate.owned?.transactions === true ? [INVALIDATION] : []),
    ],
    eventKinds: commands.length > 0 ? "event type or command" : "event type",
  };
}

/** Named after the others, so that those keep the names that they have in the schema. */
function hiddenColumns({ aggregate, columns }: AggregatePlan): readonly ColumnPlan[] {
  const hidden = aggregate.columns.filter((column) => column.hidden);
  return planColumns(hidden, documentNames({}, columns));
}
