import { commandsTopicOf } from "../../catalog/topic-kinds.ts";
import { messageOf } from "../../errors.ts";
import { pause, retryUntilDone } from "../../event-log/backoff.ts";
import type { Consumer, Membership } from "../../event-log/event-log.ts";
import { noMetrics } from "../../telemetry/metrics.ts";
import { noTracer } from "../../telemetry/tracing.ts";
import { CommandFeed } from "./command-feed.ts";
import type { ProcessorServices } from "./options.ts";
import { type OwnedTopic, ownedAggregates, ownedTopic, topicsOf } from "./owned-topics.ts";
import type { CommandsStatus } from "./partition-status.ts";
import { RunnerSet } from "./runner-set.ts";
import { DEFAULT_WINDOW, type Window } from "./seen-commands.ts";

type Optional = "metrics" | "tracer" | "onOutcome" | "cachedDocuments" | "window";

/** What a processor works with. */
export interface ProcessorOptions extends Omit<ProcessorServices, Optional> {
  /** Default: nothing is counted. */
  readonly metrics?: ProcessorServices["metrics"];
  /** Default: nothing is traced. */
  readonly tracer?: ProcessorServices["tracer"];
  /** Default: nobody is told but by the log. */
  readonly onOutcome?: ProcessorServices["onOutcome"];
  /** Keys held ready for each partition of commands; more that the projection hasn't passed slow it down. Default 100,000. */
  readonly cachedDocuments?: number;
  /** How long a command that is sent again is known. Default: 7 days, and 250,000 commands of a partition. */
  readonly window?: Partial<Window>;
  /** How often, in ms, missing topics are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Decides on the commands of owned topics, on the partitions that this process has of them. */
export interface Processor {
  /** Every partition of commands that there is, this process's or not. */
  status(): readonly CommandsStatus[];
  /** Topics that are waited for. */
  missing(): readonly string[];
  /** Looks at once which topics there are now. */
  topicsChanged(): void;
  /** Whether all commands of the partitions that are this process's have once been decided to their end. */
  caughtUp(): boolean;
  /** Ends commits under way, gives the partitions up, and leaves the group. */
  stop(): Promise<void>;
}

/** Starts deciding; what isn't there yet is waited for. */
export function startProcessor(options: ProcessorOptions): Processor {
  const processor = new CommandProcessor(options);
  processor.start();
  return processor;
}

/** Bytes of commands held ready for each partition. */
const MAX_BATCH_BYTES = 1_024 * 1_024;

/** The longest that a timer takes, 25 days. */
const FOREVER_MS = 2 ** 31 - 1;

interface Feed {
  readonly topics: string;
  readonly consumer: Consumer;
  readonly stop: AbortController;
}

class CommandProcessor implements Processor {
  readonly #services: ProcessorServices;
  readonly #lookMs: number;
  readonly #stop = new AbortController();
  readonly #set: RunnerSet;
  #changed = new AbortController();
  #membership: Membership | undefined;
  #stopWatching: (() => Promise<void>) | undefined;
  #feed: Feed | undefined;
  #missing: readonly string[] = [];
  #looked = false;
  /** Whether it is known who shares the partitions. */
  #sharedOut = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: ProcessorOptions) {
    const { lookMs = 5_000, window, ...services } = options;
    this.#lookMs = lookMs;
    this.#services = {
      metrics: noMetrics,
      tracer: noTracer,
      onOutcome: () => {},
      cachedDocuments: 100_000,
      ...services,
      window: { ...DEFAULT_WINDOW, ...window },
    };
    this.#set = new RunnerSet(this.#services);
  }

  start(): void {
    this.#running = Promise.all([this.#join(), this.#look()]);
  }

  status(): readonly CommandsStatus[] {
    return [...this.#set.runners.values()].map((runner) => runner.status());
  }

  missing(): readonly string[] {
    return this.#missing;
  }

  topicsChanged(): void {
    this.#changed.abort();
  }

  caughtUp(): boolean {
    const isReady = this.#looked && this.#sharedOut;
    return isReady && [...this.#set.runners.values()].every((runner) => runner.isSettled());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    const consumer = this.#stopFeed();
    await this.#set.stop();
    await Promise.all([consumer, this.#running]);
    // What was started while it was being stopped.
    await this.#stopFeed();
    await this.#set.stop();
    await Promise.all([this.#membership?.leave(), this.#stopWatching?.()]);
  }

  async #join(): Promise<void> {
    const { log, group } = this.#services;
    let before: readonly string[] = [];
    this.#membership = await this.#retried("the group of processors could not be joined", async () => {
      const onChange = (members: readonly string[]): void => {
        before = members;
        this.#shared(members);
      };
      return await log.join({ group, onChange });
    });
    this.#shared(before);
  }

  #shared(all: readonly string[]): void {
    const self = this.#membership?.self;
    // Others may be told of later than this one has joined: until then nothing is anybody's.
    if (self === undefined || !all.includes(self) || this.#stop.signal.aborted) return;
    this.#set.share({ self, all });
    this.#sharedOut = true;
  }

  /** Keeps to the topics that there are. */
  async #look(): Promise<void> {
    const { readModel } = this.#services;
    const { signal } = this.#stop;
    this.#stopWatching = await this.#retried("checkpoints could not be watched", async () => {
      return await readModel.watchCheckpoints((checkpoint) => {
        this.#set.moved(checkpoint);
      });
    });
    while (!signal.aborted) {
      this.#changed = new AbortController();
      await this.#retried("the topics of commands could not be read", async () => {
        await this.#adopt();
      });
      this.#looked = true;
      const ms = this.#missing.length === 0 ? FOREVER_MS : this.#lookMs;
      await pause(ms, AbortSignal.any([signal, this.#changed.signal]));
    }
  }

  async #adopt(): Promise<void> {
    const { log, catalog } = this.#services;
    const aggregates = ownedAggregates(catalog.current());
    const wanted = aggregates.flatMap(topicsOf);
    const found = wanted.length === 0 ? [] : await log.describeTopics(wanted);
    const counts = new Map(found.map(({ name, partitions }) => [name, partitions]));
    const topics = aggregates.flatMap((aggregate) => ownedTopic(aggregate, counts) ?? []);
    await this.#set.adopt(topics);
    await this.#read(topics);
    const missing = wanted.filter((topic) => !counts.has(topic));
    for (const topic of missing)
      if (!this.#missing.includes(topic))
        this.#services.logger.warn({ topic }, "topic does not exist yet: create it, or start with --create-topics");
    this.#missing = missing;
  }

  /** A consumer has one list of topics: it is replaced by one with another list. */
  async #read(owned: readonly OwnedTopic[]): Promise<void> {
    const decided = owned.filter(({ halted }) => halted === undefined);
    const topics = decided.map(({ topic }) => commandsTopicOf(topic));
    // Of a topic that has more partitions now the runners are other ones: what was passed over is delivered to them.
    const list = decided
      .map(({ topic, places }) => `${topic} ${places.length}`)
      .toSorted()
      .join("\n");
    if (this.#feed?.topics === list) return;
    await this.#stopFeed();
    if (topics.length === 0 || this.#stop.signal.aborted) return;
    const { log, group } = this.#services;
    const stop = new AbortController();
    const options = { group, ephemeral: true, topics, maxBatchBytes: MAX_BATCH_BYTES };
    const consumer = await log.consume(options, new CommandFeed(this.#set.runners, stop.signal));
    this.#feed = { topics: list, consumer, stop };
  }

  async #stopFeed(): Promise<void> {
    const feed = this.#feed;
    this.#feed = undefined;
    const stopped = feed?.consumer.stop();
    feed?.stop.abort();
    await stopped;
  }

  async #retried<T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> {
    return await retryUntilDone(attempt, {
      signal: this.#stop.signal,
      onFailure: (error, pauseMs) => {
        this.#services.logger.warn({ error: messageOf(error), pauseMs }, `${what}; it is tried again`);
      },
    });
  }
}
