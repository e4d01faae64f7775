import type { GraphQLInputObjectType, GraphQLObjectType } from "graphql";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import type { WhereModel } from "../query/where-model.ts";
import type { GraphQLLimits } from "../services.ts";
import type { OutputTypes } from "../types/output.ts";

/** What the subscriptions of an aggregate are built of. */
export interface SubscriptionParts {
  readonly plan: AggregatePlan;
  readonly document: GraphQLObjectType<StoredDocument, GraphQLContext>;
  readonly outputs: OutputTypes;
  readonly where: GraphQLInputObjectType;
  readonly model: WhereModel;
  readonly limits: GraphQLLimits;
}
