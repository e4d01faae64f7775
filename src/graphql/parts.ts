import type { GraphQLInputObjectType, GraphQLObjectType, GraphQLUnionType } from "graphql";
import type { StoredDocument } from "../read-model/read-model.ts";
import type { GraphQLContext } from "./context.ts";
import type { AggregatePlan } from "./plan.ts";
import type { WhereModel } from "./query/where/where-field.ts";
import type { WhereTypes } from "./query/where/where-types.ts";
import type { GraphQLLimits } from "./services.ts";
import type { OutputTypes } from "./types/output.ts";

/** What the fields of an aggregate are built of, and those that lead to it from others. */
export interface AggregateParts {
  readonly plan: AggregatePlan;
  readonly document: GraphQLObjectType<StoredDocument, GraphQLContext>;
  readonly outputs: OutputTypes;
  /** An event of the aggregate, as subscriptions and histories show it. */
  readonly events: GraphQLUnionType;
  readonly where: GraphQLInputObjectType;
  readonly orderBy: GraphQLInputObjectType;
  readonly model: WhereModel;
  /** The filter of a field of a `where`. */
  readonly filterOf: WhereTypes["filterOf"];
  readonly limits: GraphQLLimits;
  /** The parts of another aggregate, by its name; known once all are made. */
  readonly of: (aggregate: string) => AggregateParts;
}
