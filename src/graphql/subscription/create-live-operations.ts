import { type ExecutionResult, createSourceEventStream } from "graphql";
import { EventQLError } from "../../errors.ts";
import { type GraphQLContext, isGraphQLContext } from "../context.ts";
import type { MaskError } from "../errors.ts";
import { Delivery } from "./delivery.ts";
import type { StartLiveOperation } from "./live-operation.ts";
import { type Sharing, sharedOperations } from "./shared-operations.ts";
import { type Item, SubscriptionStream } from "./stream.ts";

/** What live operations work with. */
export interface LiveOperationOptions {
  readonly maskError: MaskError;
  readonly sharing: Sharing;
}

/**
 * Makes the fast way to run subscriptions, one for the process: what several ask for alike is executed once for each
 * item, and written out once.
 */
export function createLiveOperations({ maskError, sharing }: LiveOperationOptions): StartLiveOperation {
  const operations = sharedOperations(maskError, sharing);
  return async (args, sink) => {
    const context = contextOf(args.contextValue);
    const stream = await createSourceEventStream(args);
    if (!(stream instanceof SubscriptionStream)) throw failureOf(stream);
    const live: SubscriptionStream<Item> = stream;
    return new Delivery(live, operations.join(args, context, live.scope), sink, maskError).start();
  };
}

function contextOf(value: unknown): GraphQLContext {
  if (typeof value === "object" && value !== null && isGraphQLContext(value)) return value;
  throw new EventQLError("INTERNAL", "The operation's context was not made by `createContext`.");
}

function failureOf(result: ExecutionResult | AsyncIterable<unknown>): Error {
  const [error, ...others] = "errors" in result ? (result.errors ?? []) : [];
  if (error === undefined) return new EventQLError("INTERNAL", "The field is no subscription of an aggregate.");
  return others.length === 0 ? error : new AggregateError([error, ...others]);
}
