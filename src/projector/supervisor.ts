import { setTimeout as delay } from "node:timers/promises";
import type { EventLog } from "../event-log/event-log.ts";
import { messageOf } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";
import type { PartitionStatus } from "./partition-status.ts";
import { type Projector, type ProjectorOptions, startProjector } from "./projector.ts";
import { retryUntilAborted } from "./retry.ts";

/** A projector of topics that may not exist yet, and that may become others. */
export interface Supervisor {
  /** Whether all topics that exist have once been applied to their end, as far as this process has them and they go on. */
  caughtUp(): boolean;
  status(): readonly PartitionStatus[];
  /** Topics that are waited for. */
  missing(): readonly string[];
  /** Looks at once which topics there are to project now. */
  topicsChanged(): void;
  /** Has {@link ProjectorOptions.between} run on the partitions of this process, or on one of them. */
  wake(of?: TopicPartition): void;
  /** Other builds may be wanted beside those of its topics. */
  buildsChanged(): void;
  stop(): Promise<void>;
}

/** What the supervisor works with. */
export interface SupervisorOptions extends ProjectorOptions {
  readonly log: Pick<EventLog, "describeTopics" | "consume">;
  /** The topics to project now. */
  topics(): readonly string[];
  /** How often, in ms, missing topics are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Starts projecting those of the topics that exist; the others follow when they do. */
export function superviseProjector(options: SupervisorOptions): Supervisor {
  const supervisor = new ProjectorSupervisor(options);
  void supervisor.run();
  return supervisor;
}

class ProjectorSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stop = new AbortController();
  #changed = new AbortController();
  /** What the projector has. */
  #topics: readonly string[] = [];
  #projector: Projector | undefined;
  #looked = false;
  readonly #announced = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    this.#running = this.#look();
    await this.#running;
  }

  caughtUp(): boolean {
    const isSettled = ({ caughtUp, halted, waitingForCatalog }: PartitionStatus): boolean =>
      caughtUp || halted !== undefined || waitingForCatalog !== undefined;
    return this.#looked && this.status().every(isSettled);
  }

  status(): readonly PartitionStatus[] {
    return this.#projector?.status() ?? [];
  }

  missing(): readonly string[] {
    return this.#options.topics().filter((topic) => !this.#topics.includes(topic));
  }

  topicsChanged(): void {
    this.#changed.abort();
  }

  wake(of?: TopicPartition): void {
    this.#projector?.wake(of);
  }

  buildsChanged(): void {
    this.#projector?.buildsChanged();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#projector?.stop();
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        this.#changed = new AbortController();
        await retryUntilAborted(signal, this.#options.logger, async () => {
          await this.#adopt();
        });
        this.#looked = true;
        await this.#pause();
      }
    } catch (error) {
      if (!signal.aborted) this.#options.logger.error({ error: messageOf(error) }, "projection could not be started");
    }
  }

  /** Until it is stopped, the topics changed, or missing ones are to be looked for. */
  async #pause(): Promise<void> {
    const ms = this.missing().length === 0 ? FOREVER_MS : (this.#options.lookMs ?? 5_000);
    await delay(ms, undefined, { signal: AbortSignal.any([this.#stop.signal, this.#changed.signal]) }).catch(() => {});
  }

  /** A member of a group has one list of topics: it is restarted with another one. */
  async #adopt(): Promise<void> {
    const wanted = this.#options.topics();
    const existing = (await this.#options.log.describeTopics(wanted)).map(({ name }) => name);
    const isNew = existing.some((topic) => !this.#topics.includes(topic));
    if (isNew || this.#topics.some((topic) => !wanted.includes(topic))) await this.#restart(existing);
    for (const topic of this.missing()) {
      if (this.#announced.has(topic)) continue;
      this.#announced.add(topic);
      this.#options.logger.warn({ topic }, "topic does not exist yet: create it, or start with --create-topics");
    }
  }

  async #restart(topics: readonly string[]): Promise<void> {
    await this.#projector?.stop();
    this.#projector = undefined;
    this.#topics = [];
    if (topics.length > 0) this.#projector = await startProjector(this.#options, topics);
    this.#topics = topics;
  }
}

/** The longest that a timer takes, 25 days. */
const FOREVER_MS = 2 ** 31 - 1;
