import { setTimeout as delay } from "node:timers/promises";
import { isEventQLError, messageOf } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Build, BuildProgress, Builds } from "../../model/builds.ts";
import { partitionId } from "../../model/position.ts";
import { type ProgressMeter, createProgressMeter } from "../../projector/builds/build-progress.ts";
import { checkpointsOf, hasReached, swapBuilds } from "../../projector/builds/manage-builds.ts";
import { clearAbandoned } from "../../projector/builds/remove-build.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { AreCopied } from "./copied-events.ts";
import type { PlacedBuild, ProcessBuilds } from "./process-builds.ts";

/** What seeing to builds needs. */
export interface BuildKeeperOptions {
  readonly readModel: ReadModel;
  readonly log: Pick<EventLog, "offsets">;
  readonly builds: ProcessBuilds;
  readonly logger: Logger;
  readonly areCopied: AreCopied;
  /** How often, in ms, it is looked whether a build is done. Default 250. */
  readonly lookMs?: number;
  /** How often, in ms, it is told how far builds are. Default 5,000. */
  readonly reportMs?: number;
  /** How long, in ms, what no process reads any more is left. Default 5,000. */
  readonly graceMs?: number;
}

/** A build that is to take a live one's place, and how far it is. */
export interface BuildState extends BuildProgress {
  readonly projection: string;
  readonly live: string;
  readonly next: string;
  readonly swap: Builds["swap"];
}

/** Sees to the builds of this process: that each is swapped when it is done, and that what is abandoned is removed. */
export class BuildKeeper {
  readonly #options: BuildKeeperOptions;
  readonly #stop = new AbortController();
  readonly #meter: ProgressMeter;
  readonly #running: Promise<void>;
  readonly #indexed = new Set<string>();
  #changed = new AbortController();
  #reported = 0;

  constructor(options: BuildKeeperOptions) {
    this.#options = options;
    this.#meter = createProgressMeter(options);
    this.#running = this.#run();
  }

  /** How far the builds are that this process makes to take a live one's place. */
  async progress(): Promise<readonly BuildState[]> {
    const made = new Set(this.#options.builds.all().map(({ build }) => build.projection));
    const all = [...this.#options.builds.book.current().values()];
    const states = all.map(async ({ name, live, next, swap }): Promise<readonly BuildState[]> => {
      if (next === undefined || !made.has(next.projection)) return [];
      return [{ projection: name, live: live.id, next: next.id, swap, ...(await this.#meter.of(next, live)) }];
    });
    return (await Promise.all(states)).flat();
  }

  /** There may be other builds. */
  changed(): void {
    this.#changed.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#changed = new AbortController();
      const isBusy = await this.#look().catch((error: unknown) => {
        const level = isEventQLError(error) && error.retriable ? "debug" : "error";
        this.#options.logger[level]({ error: messageOf(error) }, "builds could not be looked after");
        return true;
      });
      const ms = isBusy ? (this.#options.lookMs ?? 250) : QUIET_MS;
      await delay(ms, undefined, { signal: AbortSignal.any([signal, this.#changed.signal]) }).catch(() => {});
    }
  }

  /** Whether there is something to look after. */
  async #look(): Promise<boolean> {
    const { readModel, builds, graceMs = 5_000 } = this.#options;
    const isToReport = performance.now() - this.#reported > (this.#options.reportMs ?? 5_000);
    let isBusy = false;
    const made = new Map(builds.all().map((placed) => [placed.build.projection, placed]));
    for (const [id, each] of builds.book.current()) {
      const { next } = each;
      if ((each.abandoned?.length ?? 0) > 0) {
        isBusy = true;
        await clearAbandoned(readModel, each, graceMs);
      }
      const placed = next && made.get(next.projection);
      if (placed === undefined || next === undefined) continue;
      isBusy = true;
      if (isToReport) await this.#report(each, next);
      await this.#prepare(placed);
      if (each.swap === "auto" && (await this.#isDone(each, placed))) await this.#swap(id, each);
    }
    if (isToReport) this.#reported = performance.now();
    return isBusy;
  }

  /** Reads after the swap must not be slower than before. */
  async #prepare({ build, aggregates }: PlacedBuild): Promise<void> {
    if (this.#indexed.has(build.projection)) return;
    const { signal } = this.#stop;
    for (const { collection, indexes } of aggregates)
      await this.#options.readModel.keepIndexes(collection, indexes, { signal, onStep: () => {} });
    this.#indexed.add(build.projection);
  }

  async #isDone({ live }: Builds, { build: next, aggregates }: PlacedBuild): Promise<boolean> {
    const { readModel, log, areCopied } = this.#options;
    const checkpoints = await checkpointsOf(readModel, next);
    if (checkpoints.size === 0) return false;
    if (!hasReached(checkpoints, await checkpointsOf(readModel, live), next)) return false;
    const apart = next.topics.filter((topic) => !live.topics.includes(topic));
    if (apart.length === 0) return true;
    for (const { topic, projected } of aggregates)
      if (projected?.isRekeyed === true && !(await areCopied(topic, projected.projection.from))) return false;
    // Positions of another topic say nothing of how far the live build is: all there is has to be applied.
    for (const topic of apart)
      for (const [partition, { high, low }] of (await log.offsets(topic, { written: true })).entries())
        if (high > low && (checkpoints.get(partitionId({ topic, partition }))?.next ?? 0) < high) return false;
    return true;
  }

  async #swap(id: string, { name, base, live, next }: Builds): Promise<void> {
    const { readModel, logger } = this.#options;
    try {
      await swapBuilds(readModel, { name, base });
      logger.info({ projection: name, build: next?.id, previous: live.id }, "a build has taken the live one's place");
    } catch (error) {
      if (!isEventQLError(error) || !error.retriable) throw error;
      logger.debug({ projection: id, error: messageOf(error) }, "a build can't take the live one's place yet");
    }
  }

  async #report({ name, live }: Builds, next: Build): Promise<void> {
    const { applied, total, rate, etaSeconds, joined } = await this.#meter.of(next, live);
    const eventsPerSecond = rate === undefined ? undefined : Math.round(rate);
    this.#options.logger.info(
      { projection: name, build: next.id, applied, total, eventsPerSecond, etaSeconds, joined },
      joined ? "a build keeps up with the live one" : "documents are built anew",
    );
  }
}

/** How often, in ms, it is looked where there is nothing to do: one is told when there is. */
const QUIET_MS = 30_000;
