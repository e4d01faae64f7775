import { setTimeout as delay } from "node:timers/promises";
import type { EventLog } from "../event-log/event-log.ts";
import { messageOf } from "../errors.ts";
import type { PartitionStatus } from "./partition-status.ts";
import { type Projector, type ProjectorOptions, startProjector } from "./projector.ts";
import { retryUntilAborted } from "./retry.ts";

/** A projector of topics that may not exist yet. */
export interface Supervisor {
  /** Whether all topics that exist have once been applied to their end, as far as this process has them. */
  caughtUp(): boolean;
  status(): readonly PartitionStatus[];
  /** Topics that are waited for. */
  missing(): readonly string[];
  stop(): Promise<void>;
}

/** What the supervisor works with. */
export interface SupervisorOptions extends ProjectorOptions {
  readonly log: Pick<EventLog, "describeTopics" | "consume">;
  /** How often, in ms, missing topics are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Starts projecting those of `topics` that exist; the others follow when they do. */
export function superviseProjector(options: SupervisorOptions, topics: readonly string[]): Supervisor {
  const supervisor = new ProjectorSupervisor(options, topics);
  void supervisor.run();
  return supervisor;
}

class ProjectorSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #topics: readonly string[];
  readonly #stop = new AbortController();
  #existing: readonly string[] = [];
  #projector: Projector | undefined;
  #looked = false;
  readonly #announced = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions, topics: readonly string[]) {
    this.#options = options;
    this.#topics = topics;
  }

  async run(): Promise<void> {
    this.#running = this.#look();
    await this.#running;
  }

  caughtUp(): boolean {
    return this.#looked && this.status().every(({ caughtUp, halted }) => caughtUp || halted !== undefined);
  }

  status(): readonly PartitionStatus[] {
    return this.#projector?.status() ?? [];
  }

  missing(): readonly string[] {
    return this.#topics.filter((topic) => !this.#existing.includes(topic));
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
        await retryUntilAborted(signal, this.#options.logger, async () => {
          await this.#adopt();
        });
        this.#looked = true;
        if (this.missing().length === 0) return;
        await delay(this.#options.lookMs ?? 5_000, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) this.#options.logger.error({ error: messageOf(error) }, "projection could not be started");
    }
  }

  /** A member of a group has one list of topics: it is restarted with a longer one. */
  async #adopt(): Promise<void> {
    const existing = (await this.#options.log.describeTopics(this.#topics)).map(({ name }) => name);
    if (existing.length > this.#existing.length) {
      await this.#projector?.stop();
      this.#projector = undefined;
      this.#existing = [];
      this.#projector = await startProjector(this.#options, existing);
      this.#existing = existing;
    }
    for (const topic of this.missing()) {
      if (this.#announced.has(topic)) continue;
      this.#announced.add(topic);
      this.#options.logger.warn({ topic }, "topic does not exist yet: create it, or start with --create-topics");
    }
  }
}
