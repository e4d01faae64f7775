import type { GraphQLObjectType, GraphQLUnionType } from "graphql";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import type { EventPlan } from "../plan-mutations.ts";
import type { GraphQLLimits } from "../services.ts";
import type { ConvertFields } from "../types/convert-input.ts";
import type { InputTypes } from "../types/input.ts";

/** What all mutations are built of. */
export interface InputParts {
  readonly inputs: InputTypes;
  readonly convert: (fields: EventPlan["fields"]) => ConvertFields;
  readonly limits: GraphQLLimits;
}

/** What the mutations of an aggregate are built of. */
export interface MutationParts extends InputParts {
  readonly plan: AggregatePlan;
  readonly document: GraphQLObjectType<StoredDocument, GraphQLContext>;
  /** An event of the aggregate, as subscriptions and histories show it. */
  readonly events: GraphQLUnionType;
}
