import { GraphQLEnumType, type GraphQLFieldConfigMap, GraphQLID, GraphQLNonNull, GraphQLObjectType } from "graphql";
import type { ChangeItem } from "../../feed/change-feed.ts";
import type { StoredDocument } from "../../read-model/read-model.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import { CursorScalar } from "../types/scalars.ts";

const operationType = new GraphQLEnumType({
  name: "ChangeOperation",
  description: "What a change means to one who follows a `where`.",
  values: {
    RESET: {
      description:
        "The documents are made anew: what was told before counts no more, and those that there are follow as `SNAPSHOT`.",
    },
    SNAPSHOT: { description: "It was there when the subscription began, or at the last `RESET`." },
    INSERT: { description: "It is new." },
    UPDATE: { description: "It has changed; it may not have matched before." },
    DELETE: { description: "It is gone." },
    LEAVE: { description: "It has changed and doesn't match any more. Only told where previous documents are kept." },
  },
});

/** The object type of an aggregate's changes. */
export function changeType(
  plan: AggregatePlan,
  document: GraphQLObjectType<StoredDocument, GraphQLContext>,
): GraphQLObjectType<ChangeItem, GraphQLContext> {
  return new GraphQLObjectType<ChangeItem, GraphQLContext>({
    name: plan.subscription.changeName,
    description: `A committed change of one ${plan.typeName}: what several events made together is one change.`,
    fields: () => changeFields(plan, document),
  });
}

function changeFields(
  { aggregate, typeName, subscription }: AggregatePlan,
  document: GraphQLObjectType<StoredDocument, GraphQLContext>,
): GraphQLFieldConfigMap<ChangeItem, GraphQLContext> {
  return {
    operation: {
      type: new GraphQLNonNull(operationType),
      description: "What has happened.",
      resolve: ({ operation }) => operation,
    },
    id: {
      type: new GraphQLNonNull(GraphQLID),
      description: "The key of the events; empty for `RESET`.",
      resolve: ({ id }) => id,
    },
    [subscription.documentField]: {
      type: document,
      description: `The ${typeName} as it is now; null for \`DELETE\`, \`LEAVE\` and \`RESET\`.`,
      resolve: ({ document: now }) => now,
    },
    // There whatever the hint says: switching the hint must not break the clients' documents.
    previous: {
      type: document,
      description: aggregate.previous
        ? `The ${typeName} as it was before; null where it is new.`
        : `The ${typeName} as it was before. Always null as yet: it takes the hint \`previous: true\` on an event type of ${typeName}.`,
      resolve: ({ previous }) => previous,
    },
    cursor: {
      type: new GraphQLNonNull(CursorScalar),
      description: "Where to go on after this change.",
      resolve: ({ cursor }) => cursor,
    },
  };
}
