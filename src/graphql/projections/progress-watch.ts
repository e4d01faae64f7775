import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Feed } from "../../feed/feed.ts";
import type { ProjectionAdministration, ProjectionState } from "../../model/builds.ts";
import { namedProjection } from "../../model/named-projection.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { StreamSink } from "../subscription/stream.ts";

/** What a subscriber is told. */
export interface ProgressItem {
  readonly state: ProjectionState;
  /** There is nothing to go on with. */
  readonly cursor: undefined;
}

/** What to watch. */
export interface ProgressWatchOptions {
  readonly projections: Pick<ProjectionAdministration, "list">;
  readonly name: string;
  readonly logger: Logger;
  /** ms between two looks. Default 1,000. */
  readonly everyMs?: number;
}

/** Looks at a projection from time to time, and tells what has changed: at once, and then as it goes. */
export class ProgressWatch implements Feed {
  readonly #options: ProgressWatchOptions;
  readonly #sink: StreamSink<ProgressItem>;
  #timer: NodeJS.Timeout | undefined;
  #told = "";
  #isOver = false;

  private constructor(options: ProgressWatchOptions, sink: StreamSink<ProgressItem>) {
    this.#options = options;
    this.#sink = sink;
  }

  /** @throws EventQLError `BAD_USER_INPUT` where there is no such projection. */
  static async start(options: ProgressWatchOptions, sink: StreamSink<ProgressItem>): Promise<ProgressWatch> {
    const first = await stateOf(options);
    const watch = new ProgressWatch(options, sink);
    watch.#timer = setTimeout(() => watch.#tell(first), 0);
    return watch;
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #tell(state: ProjectionState): void {
    if (this.#isOver) return;
    const text = JSON.stringify(state);
    // Who takes nothing is told the newest when there is room.
    if (text !== this.#told && this.#sink.hasRoom()) {
      this.#told = text;
      this.#sink.next({ state, cursor: undefined });
    }
    this.#timer = setTimeout(() => void this.#look(), this.#options.everyMs ?? 1_000);
  }

  async #look(): Promise<void> {
    try {
      this.#tell(await stateOf(this.#options));
    } catch (error) {
      if (!this.#isOver) this.#sink.end(this.#shown(error));
      this.close();
    }
  }

  #shown(error: unknown): EventQLError {
    if (isEventQLError(error)) return error;
    const { name, logger } = this.#options;
    logger.error({ projection: name, error: messageOf(error) }, "the progress of a projection could not be read");
    return new EventQLError("INTERNAL", "The progress could not be read: the server's log says why.");
  }
}

async function stateOf({ projections, name }: ProgressWatchOptions): Promise<ProjectionState> {
  return namedProjection(await projections.list(), name, ({ builds }) => builds);
}
