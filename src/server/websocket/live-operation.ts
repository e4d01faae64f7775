import type { GraphQLError } from "graphql";
import type { OperationSink, StartLiveOperation } from "../../graphql/subscription/live-operation.ts";
import { codedError } from "../engine/shown-errors.ts";
import type { PreparedOperation } from "../engine/operations.ts";
import type { Outbox } from "./outbox.ts";
import { SilentStream } from "./silent-stream.ts";

type Feed = Awaited<ReturnType<StartLiveOperation>>;

/** Starts a subscription whose results come as text; undefined: it is none of those, so that the engine executes it. */
export type LiveOperationStarter = (...args: Parameters<StartLiveOperation>) => Promise<Feed | undefined>;

/** A subscription on a socket. */
export interface LiveOperation {
  /** What the protocol watches: it ends when the operation does. */
  readonly stream: SilentStream;
  /** Ends it from the server's side, with `SHUTTING_DOWN`. */
  shutDown(): void;
}

/**
 * Starts a subscription whose results go straight to the socket, without a step of the protocol's each.
 * Undefined: it isn't one of those. Never rejects: one that can't begin is a stream that fails.
 */
export async function startLiveOperation(
  starter: LiveOperationStarter,
  operation: PreparedOperation,
  outbox: Outbox,
  id: string,
): Promise<LiveOperation | undefined> {
  const closing: { feed?: Feed } = {};
  const stream = new SilentStream(() => closing.feed?.close());
  const sink = sinkOf(outbox, id, (errors) => stream.end(errors));
  const feed = await operation.begin(async (args) => await starter(args, sink));
  if (feed === undefined) return undefined;
  if ("errors" in feed) stream.end(feed.errors);
  else closing.feed = feed;
  return {
    stream,
    shutDown() {
      closing.feed?.close();
      stream.end([codedError("SHUTTING_DOWN", "The server is stopping: subscribe again in a moment.")]);
    },
  };
}

function sinkOf(outbox: Outbox, id: string, end: (errors: readonly GraphQLError[]) => void): OperationSink {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return {
    next: (result) => outbox.post(`${head}${result}}`),
    hasRoom: () => outbox.hasRoom(),
    room: async () => await outbox.room(),
    end,
  };
}
