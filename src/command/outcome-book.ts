import QuickLRU from "quick-lru";
import { messageOf } from "../errors.ts";
import type { Outcome } from "../model/command.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Accepted, Commands } from "./commands.ts";
import { OutcomeListener, type OutcomeListenerOptions } from "./outcome-listener.ts";
import { OutcomeWaits } from "./outcome-waits.ts";
import { OUTCOMES, outcomeId, outcomeOf } from "./stored-outcome.ts";

/** What hearing of outcomes needs. */
export interface OutcomeBookOptions extends Omit<OutcomeListenerOptions, "onOutcome" | "onReady" | "readModel"> {
  readonly readModel: Pick<ReadModel, "find" | "checkpoints">;
  readonly logger: Logger;
  readonly maxWaiters: number;
}

/** How often, in ms, those outcomes are looked for in the collection that are waited for that long. */
const LOOK_MS = 1_000;

/** Outcomes that are looked for at once, at most. */
const LOOKED_FOR = 1_000;

/** How long, in ms, looking for an outcome may take where nobody waits longer. */
const SHORTEST_LOOK_MS = 1_000;

/** Commands of this process whose outcomes can't be in the collection unheard. */
const SENT = 100_000;

/** One client's outcomes of an id: it has one for each topic. */
const MOST_FOUND = 100;

type Of = Pick<Accepted, "topic" | "commandId">;

/**
 * Knows how commands ended: by this process's processor, by the topics of outcomes, and by the collection of outcomes.
 * An outcome stands in the collection, or the listener will hear it: see {@link OutcomeListener}.
 */
export class OutcomeBook {
  readonly #options: OutcomeBookOptions;
  readonly #waits: OutcomeWaits;
  readonly #listener: OutcomeListener;
  /** Commands that were sent while the listener was ready. */
  readonly #sent = new QuickLRU<string, true>({ maxSize: SENT });
  #looking: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: OutcomeBookOptions) {
    this.#options = options;
    this.#waits = new OutcomeWaits(options.maxWaiters);
    this.#listener = new OutcomeListener({
      ...options,
      onOutcome: (topic, commandId, value) => {
        this.#waits.heard(outcomeId({ topic, commandId }), value);
      },
      // What was written before it began may have been stored since it was looked for.
      onReady: () => void this.#lookFor(this.#waits.waitingFor(0)),
    });
  }

  /** A command is about to be sent by this process. */
  sending(of: Of): void {
    this.#listener.start();
    if (this.#listener.isReady(of.topic)) this.#sent.set(outcomeId(of), true);
  }

  /** As `Commands.outcome`. */
  outcome: Commands["outcome"] = async (of, timeoutMs) => {
    const id = outcomeId(of);
    const known = this.#waits.recent(id);
    if (known !== undefined) return known;
    const wait = this.#waits.wait(id);
    this.#listener.start();
    this.#looking ??= setInterval(() => void this.#lookForWaiting(), LOOK_MS).unref();
    try {
      const looked = this.#sent.has(id) ? Promise.resolve() : this.#look([id], Math.max(SHORTEST_LOOK_MS, timeoutMs));
      return await wait.within(timeoutMs, looked);
    } finally {
      wait.end();
    }
  };

  /** As `Commands.find`. */
  find: Commands["find"] = async (commandId) => {
    this.#listener.start();
    const filter = { commandId };
    const documents = await this.#options.readModel.find(OUTCOMES, { filter, limit: MOST_FOUND, causal: true });
    const found = new Map<string, Outcome>();
    for (const document of documents) {
      const outcome = outcomeOf(document);
      if (outcome !== undefined) found.set(outcome.topic, outcome);
    }
    for (const topic of this.#options.topics()) {
      const recent = this.#waits.recent(outcomeId({ topic, commandId }));
      if (recent !== undefined && !found.has(topic)) found.set(topic, recent);
    }
    return [...found.values()].toSorted((a, b) => (a.topic < b.topic ? -1 : 1));
  };

  /** This process's processor has decided. */
  heard(outcome: Outcome): void {
    this.#waits.heard(outcomeId(outcome), outcome);
  }

  topicsChanged(): void {
    this.#listener.topicsChanged();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#waits.close();
    await this.#listener.stop();
  }

  /** Where the topic of outcomes can't be heard, for whatever reason, the collection still tells. */
  async #lookForWaiting(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#lookFor(this.#waits.waitingFor(LOOK_MS));
    this.#isLooking = false;
  }

  async #lookFor(ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += LOOKED_FOR) await this.#look(ids.slice(start, start + LOOKED_FOR));
  }

  /** Looks outcomes up in the collection. Never rejects: they may be heard all the same. */
  async #look(ids: readonly string[], timeoutMs = 5_000): Promise<void> {
    try {
      const filter = { _id: { $in: ids } };
      const documents = await this.#options.readModel.find(OUTCOMES, { filter, causal: true, timeoutMs });
      for (const document of documents) {
        const outcome = outcomeOf(document);
        if (outcome !== undefined) this.#waits.heard(document._id, outcome);
      }
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, "outcomes could not be looked up");
    }
  }
}
