import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Feed } from "../../feed/feed.ts";
import type { Comparison, ProjectionAdministration } from "../../model/builds.ts";
import { namedProjection } from "../../model/named-projection.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { StreamSink } from "../subscription/stream.ts";

/** What a subscriber is told. */
export interface ComparisonItem {
  /** Documents that were looked at so far. */
  readonly compared: number;
  /** At the end. */
  readonly comparison: Comparison | undefined;
  /** There is nothing to go on with. */
  readonly cursor: undefined;
}

/** What to compare. */
export interface ComparisonWatchOptions {
  readonly projections: Pick<ProjectionAdministration, "compare" | "list">;
  readonly name: string;
  readonly samples: number;
  readonly logger: Logger;
}

/** ms between two items of how far it is. */
const EVERY_MS = 500;

/** Compares builds for one who listens: tells how far it is, and then what was found. */
export class ComparisonWatch implements Feed {
  readonly #sink: StreamSink<ComparisonItem>;
  readonly #ending = new AbortController();
  #toldAt = performance.now();
  #compared = 0;

  private constructor(sink: StreamSink<ComparisonItem>) {
    this.#sink = sink;
  }

  /** @throws EventQLError `BAD_USER_INPUT` where there is no such projection. */
  static async start(options: ComparisonWatchOptions, sink: StreamSink<ComparisonItem>): Promise<ComparisonWatch> {
    namedProjection(await options.projections.list(), options.name, ({ builds }) => builds);
    const watch = new ComparisonWatch(sink);
    // Not before who subscribed knows that it did.
    setImmediate(() => void watch.#run(options));
    return watch;
  }

  close(): void {
    this.#ending.abort();
  }

  async #run({ projections, name, samples, logger }: ComparisonWatchOptions): Promise<void> {
    const { signal } = this.#ending;
    try {
      const onProgress = (compared: number): void => this.#progressed(compared);
      const comparison = await projections.compare(name, { samples, signal, onProgress });
      if (signal.aborted) return;
      this.#sink.next({ compared: this.#compared, comparison, cursor: undefined });
      this.#sink.complete();
    } catch (error) {
      if (signal.aborted) return;
      if (!isEventQLError(error))
        logger.error({ projection: name, error: messageOf(error) }, "builds can't be compared");
      this.#sink.end(
        isEventQLError(error)
          ? error
          : new EventQLError("INTERNAL", "The builds can't be compared: the server's log says why."),
      );
    }
  }

  #progressed(compared: number): void {
    this.#compared = compared;
    if (performance.now() - this.#toldAt < EVERY_MS || !this.#sink.hasRoom()) return;
    this.#toldAt = performance.now();
    this.#sink.next({ compared, comparison: undefined, cursor: undefined });
  }
}
