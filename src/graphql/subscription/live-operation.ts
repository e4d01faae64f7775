import type { ExecutionArgs, GraphQLError } from "graphql";
import type { Feed } from "../../feed/feed.ts";

/** Takes the results of one subscriber's operation. */
export interface OperationSink {
  /** An execution result, `{"data": …}`, as JSON text: the same string for all who asked the same. Must not throw. */
  next(result: string): void;
  /** Whether what was sent but not yet received is within the bound. */
  hasRoom(): boolean;
  /** Resolves when there is room again. */
  room(): Promise<void>;
  /** Nothing more comes: with errors it failed, without it ended by itself. They are masked. */
  end(errors: readonly GraphQLError[]): void;
}

/**
 * Starts a subscription that was parsed and validated. Closing the feed ends it without a word.
 * @throws why it could not begin, not masked yet: an AggregateError where there are several reasons.
 */
export type StartLiveOperation = (args: ExecutionArgs, sink: OperationSink) => Promise<Feed>;
