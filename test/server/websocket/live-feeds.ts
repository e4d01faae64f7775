import type { ExecutionArgs, GraphQLError } from "graphql";
import type { OperationSink } from "../../../src/graphql/subscription/live-operation.ts";
import type { LiveOperationStarter } from "../../../src/server/websocket/live-operation.ts";

/** One started subscription. */
export interface StartedFeed {
  readonly sink: OperationSink;
  readonly args: ExecutionArgs;
  isClosed: boolean;
}

/** Starts live operations by hand, and shows what became of them. */
export class LiveFeeds {
  readonly started: StartedFeed[] = [];

  readonly start: LiveOperationStarter = async (args, sink) => {
    const feed: StartedFeed = { sink, args, isClosed: false };
    this.started.push(feed);
    return await Promise.resolve({ close: () => void (feed.isClosed = true) });
  };

  get open(): readonly StartedFeed[] {
    return this.started.filter(({ isClosed }) => !isClosed);
  }

  /** Sends the same text to all. */
  publish(result: string): void {
    for (const { sink } of this.open) sink.next(result);
  }

  end(errors: readonly GraphQLError[]): void {
    for (const feed of this.open) {
      feed.isClosed = true;
      feed.sink.end(errors);
    }
  }
}
