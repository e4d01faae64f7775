import type { GraphQLFieldConfigMap } from "graphql";
import type { GraphQLContext } from "../context.ts";
import type { AggregateParts } from "../parts.ts";
import { connectionField } from "./connection/connection-field.ts";
import { groupField } from "./group/group-field.ts";
import { historyField } from "./history/history-field.ts";
import { listField } from "./list-field.ts";
import { lookupField } from "./lookup-field.ts";

/** The queries of an aggregate. */
export function queryFields(parts: AggregateParts): GraphQLFieldConfigMap<unknown, GraphQLContext> {
  const { aggregate, singular, plural, connection, group, history } = parts.plan;
  return {
    [singular]: lookupField(parts),
    [plural]: listField(parts),
    [connection.field]: connectionField(parts),
    [group.field]: groupField(parts),
    // What a projection folds are events of other keys and topics.
    ...(aggregate.projected === undefined && { [history.field]: historyField(parts) }),
  };
}
