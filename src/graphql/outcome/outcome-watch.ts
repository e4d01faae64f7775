import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Feed } from "../../feed/feed.ts";
import type { GraphQLContext } from "../context.ts";
import type { AggregatePlan } from "../plan.ts";
import type { StreamSink } from "../subscription/stream.ts";
import { type SeenOutcome, mayKnowOutcome } from "./outcome-access.ts";

/** What a subscriber is told. */
export interface OutcomeItem extends SeenOutcome {
  /** There is nothing to go on with. */
  readonly cursor: undefined;
}

/** What to wait for. */
export interface OutcomeWatchOptions {
  readonly context: GraphQLContext;
  readonly commandId: string;
  /** Of the topics that may have the command. */
  readonly plans: readonly AggregatePlan[];
  /** Undefined: as long as somebody listens. */
  readonly timeoutMs: number | undefined;
}

/** Waits for a command to be decided, on whichever topic it is, and tells so once. */
export class OutcomeWatch implements Feed {
  readonly #options: OutcomeWatchOptions;
  readonly #sink: StreamSink<OutcomeItem>;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(options: OutcomeWatchOptions, sink: StreamSink<OutcomeItem>) {
    this.#options = options;
    this.#sink = sink;
  }

  /** Begins to wait. */
  static start(options: OutcomeWatchOptions, sink: StreamSink<OutcomeItem>): OutcomeWatch {
    const watch = new OutcomeWatch(options, sink);
    const { timeoutMs, plans } = options;
    if (timeoutMs !== undefined) watch.#timer = setTimeout(() => watch.#fail(notYetDecided(timeoutMs)), timeoutMs);
    for (const plan of plans) void watch.#follow(plan);
    return watch;
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #follow(plan: AggregatePlan): Promise<void> {
    const { context, commandId } = this.#options;
    const { commands, limits } = context.services;
    const { topic } = plan.aggregate;
    while (!this.#isOver) {
      try {
        const outcome = await commands.outcome({ topic, commandId }, limits.maxWaitMs);
        this.#tell({ plan, outcome, cursor: undefined });
        return;
      } catch (error) {
        if (!isEventQLError(error, "NOT_YET_DECIDED")) this.#fail(this.#shown(error, topic));
      }
    }
  }

  /** What isn't the caller's to know is as if it were not decided. */
  #tell(item: OutcomeItem): void {
    if (this.#isOver || !mayKnowOutcome(this.#options.context, item)) return;
    this.#sink.next(item);
    this.#sink.complete();
  }

  #fail(error: EventQLError): void {
    if (!this.#isOver) this.#sink.end(error);
    this.close();
  }

  #shown(error: unknown, topic: string): EventQLError {
    if (isEventQLError(error)) return error;
    const { context, commandId } = this.#options;
    context.services.logger.error(
      { topic, commandId, error: messageOf(error) },
      "could not wait for a command's outcome",
    );
    return new EventQLError("INTERNAL", "The command's outcome could not be waited for: the server's log says why.");
  }
}

function notYetDecided(timeoutMs: number): EventQLError {
  return new EventQLError(
    "NOT_YET_DECIDED",
    `No outcome of the command was known within ${timeoutMs} ms: subscribe again, or ask \`command\` later.`,
  );
}
