import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import { isEventQLError, messageOf } from "../errors.ts";
import type { Consumer, EventLog, TopicDescription } from "../event-log/event-log.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What is consumed, and how. */
export interface FollowerOptions {
  readonly log: Pick<EventLog, "describeTopics">;
  readonly logger: Logger;
  /** The topics to consume now; some of them may not exist yet. */
  readonly topics: () => readonly string[];
  /** Starts a consumer of topics that exist, at least one. */
  readonly start: (topics: readonly TopicDescription[]) => Promise<Consumer>;
  /** How often, in ms, topics that don't exist are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** The longest that a timer takes, 25 days. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Keeps a consumer running over those of some topics that exist, for as long as it takes: a member of a group has one
 * list of topics, so it is started anew with another one.
 */
export class TopicFollower {
  readonly #options: FollowerOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #changed = new AbortController();
  #topics: readonly string[] = [];
  #consumer: Consumer | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Looks at once which topics there are to consume now. */
  topicsChanged(): void {
    this.#changed.abort();
  }

  /** Ends batches under way. Never rejects. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#consumer?.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { logger } = this.#options;
    try {
      while (!signal.aborted) {
        this.#changed = new AbortController();
        await this.#retried(async () => await this.#adopt());
        await this.#pause();
      }
    } catch (error) {
      if (!signal.aborted) logger.error({ error: messageOf(error) }, "a consumer of outcomes could not be started");
    }
  }

  async #retried(run: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    await pRetry(run, {
      signal,
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 5_000,
      randomize: true,
      shouldRetry: () => !signal.aborted,
      onFailedAttempt: ({ error, attemptNumber: attempt }) => {
        if (signal.aborted || (attempt > 1 && attempt % 10 !== 0)) return;
        const code = isEventQLError(error) ? error.code : undefined;
        this.#options.logger.warn({ attempt, code, error: messageOf(error) }, "outcomes can't be read: tried again");
      },
    });
  }

  /** Until it is stopped, the topics changed, or missing ones are to be looked for. */
  async #pause(): Promise<void> {
    const { topics, lookMs = 5_000 } = this.#options;
    const ms = topics().every((topic) => this.#topics.includes(topic)) ? FOREVER_MS : lookMs;
    await delay(ms, undefined, { signal: AbortSignal.any([this.#stop.signal, this.#changed.signal]) }).catch(() => {});
  }

  async #adopt(): Promise<void> {
    const wanted = this.#options.topics();
    const existing = wanted.length === 0 ? [] : await this.#options.log.describeTopics(wanted);
    const isNew = existing.some(({ name }) => !this.#topics.includes(name));
    if (!isNew && this.#topics.every((topic) => wanted.includes(topic))) return;
    await this.#consumer?.stop();
    this.#consumer = undefined;
    this.#topics = [];
    if (existing.length > 0) this.#consumer = await this.#options.start(existing);
    this.#topics = existing.map(({ name }) => name);
  }
}
