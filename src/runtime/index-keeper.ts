import { setTimeout as delay } from "node:timers/promises";
import type { Aggregate } from "../catalog/types.ts";
import { isEventQLError, messageOf } from "../errors.ts";
import type { IndexStep, ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Has the indexes made that catalogs ask for, in the background. */
export interface IndexKeeper {
  /** Asks for those of a catalog's aggregates, in place of what was asked for before. */
  want(aggregates: readonly Aggregate[]): void;
  /** Gives up what is under way. */
  stop(): Promise<void>;
}

/** Where indexes are made, and who is told. */
export interface IndexKeeperOptions {
  readonly readModel: Pick<ReadModel, "keepIndexes">;
  readonly logger: Logger;
  /** The first pause before something is tried again that failed for want of the store, in ms. Default 1,000. */
  readonly pauseMs?: number;
}

/** The longest pause, in ms. */
const MAX_PAUSE_MS = 30_000;

/** Makes an index keeper. Collections have their turn one after the other: builds are a load. */
export function createIndexKeeper(options: IndexKeeperOptions): IndexKeeper {
  return new BackgroundIndexKeeper(options);
}

class BackgroundIndexKeeper implements IndexKeeper {
  readonly #options: IndexKeeperOptions;
  readonly #stop = new AbortController();
  #asked: readonly Aggregate[] | undefined;
  #wanted: readonly Aggregate[] | undefined;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: IndexKeeperOptions) {
    this.#options = options;
  }

  want(aggregates: readonly Aggregate[]): void {
    if (aggregates === this.#asked) return;
    this.#asked = aggregates;
    this.#wanted = aggregates;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#wanted !== undefined && !signal.aborted) {
      const wanted = this.#wanted;
      this.#wanted = undefined;
      for (const aggregate of wanted) await this.#keep(aggregate);
    }
    this.#isRunning = false;
  }

  async #keep({ collection, indexes }: Aggregate): Promise<void> {
    const { readModel, logger, pauseMs = 1_000 } = this.#options;
    const { signal } = this.#stop;
    for (let pause = pauseMs; !signal.aborted; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        await readModel.keepIndexes(collection, indexes, { signal, onStep: this.#reporter(collection) });
        return;
      } catch (error) {
        if (signal.aborted) return;
        const code = isEventQLError(error) ? error.code : "INTERNAL";
        logger.error({ collection, code, error: messageOf(error) }, "an index can't be made: reads go on without it");
        if (!isEventQLError(error) || !error.retriable) return;
      }
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  }

  #reporter(collection: string): (step: IndexStep) => void {
    const { logger } = this.#options;
    let begun = 0;
    return ({ step, index }) => {
      if (step === "begun") {
        begun = performance.now();
        logger.info({ collection, index }, "an index is being built");
      }
      if (step === "dropped") logger.info({ collection, index }, "an index was dropped that nothing asks for any more");
      const milliseconds = Math.round(performance.now() - begun);
      if (step === "built") logger.info({ collection, index, milliseconds }, "an index is built");
    };
  }
}
