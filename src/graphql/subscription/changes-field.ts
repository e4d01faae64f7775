import { GraphQLBoolean, type GraphQLFieldConfig, GraphQLNonNull } from "graphql";
import { EventQLError } from "../../errors.ts";
import type { ChangeRequest } from "../../feed/change-feed.ts";
import type { GraphQLContext } from "../context.ts";
import { permitColumn } from "../permit.ts";
import { compileWhere } from "../query/where/compile-where.ts";
import { eachWhereColumn } from "../query/where/where-columns.ts";
import { changeType } from "./change-types.ts";
import { afterArgument, openStream, showItem } from "./open-stream.ts";
import type { AggregateParts } from "../parts.ts";
import { subscriptionScope } from "./scope.ts";
import { allColumns, shownColumns } from "./whereabouts.ts";

interface ChangesArguments {
  readonly where?: unknown;
  readonly snapshot?: boolean | null;
  readonly after?: string | null;
}

/** The subscription to the changes of an aggregate's documents. */
export function changesField(parts: AggregateParts): GraphQLFieldConfig<unknown, GraphQLContext, ChangesArguments> {
  const { plan, document, where, model, limits } = parts;
  const { aggregate, subscription, typeName } = plan;
  return {
    type: new GraphQLNonNull(changeType(plan, document)),
    description: `Each committed change of any ${typeName}, those of a key in their order.`,
    args: {
      where: { type: where, description: "Of which documents; default: all." },
      snapshot: {
        type: GraphQLBoolean,
        defaultValue: false,
        description: "Whether to begin with the documents that there are. Not together with `after`.",
      },
      after: afterArgument,
    },
    subscribe: async (_root, args, context) => {
      const scope = subscriptionScope(context, aggregate);
      // Before the columns are: a relation is no column that the policy could name.
      const filter = compileWhere(model, args.where, limits);
      eachWhereColumn(aggregate.name, model, args.where, (name, column) =>
        permitColumn(context, "subscribe", name, column),
      );
      const request: ChangeRequest = {
        aggregate: aggregate.name,
        collection: aggregate.collection,
        columns: scope.filter === undefined ? shownColumns(aggregate) : allColumns(aggregate),
        where: filter,
        scope: scope.filter,
        ...beginningOf(args),
      };
      return openStream({
        context,
        plan,
        field: subscription.changes,
        scope,
        after: request.after,
        openFeed: (sink) => context.services.changes.subscribe(request, sink),
      });
    },
    resolve: showItem,
  };
}

function beginningOf({ snapshot, after }: ChangesArguments): Pick<ChangeRequest, "snapshot" | "after"> {
  if (snapshot !== true) return { snapshot: false, after: after ?? undefined };
  if (after === null || after === undefined) return { snapshot: true, after: undefined };
  throw new EventQLError(
    "BAD_USER_INPUT",
    "snapshot and after are two ways to begin: leave out `snapshot` to go on after the cursor, or `after` to begin anew.",
  );
}
