import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import type { Build, Builds } from "../../model/builds.ts";
import { pointerId } from "../../projector/builds/build-key.ts";
import { checkpointsOf, hasReached } from "../../projector/builds/manage-builds.ts";
import { POINTERS, readAllBuilds } from "../../projector/builds/stored-builds.ts";
import { retryUntilAborted } from "../../projector/retry.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** What the builds of all projections are read from. */
export interface BuildBookOptions {
  readonly readModel: Pick<ReadModel, "find" | "checkpoints" | "watchCheckpoints">;
  readonly logger: Logger;
  /** How long, in ms, who reads stays with a build until the one in its place shows as much. Default 10,000. */
  readonly patienceMs?: number;
}

/** ms between two looks at whether a build shows as much as another one. */
const LOOK_MS = 50;

/** The builds of all projections, as this process was told of them. */
export class BuildBook {
  readonly #options: BuildBookOptions;
  readonly #stop = new AbortController();
  #builds: ReadonlyMap<string, Builds> = new Map();
  #moves: Promise<void> = Promise.resolve();
  #isToRead = false;
  #isTold = true;
  #unwatch: (() => Promise<void>) | undefined;

  constructor(options: BuildBookOptions) {
    this.#options = options;
  }

  /** By the identifiers of their pointers. */
  current(): ReadonlyMap<string, Builds> {
    return this.#builds;
  }

  /** Reads them now. */
  async refresh(): Promise<void> {
    const builds = await this.#read();
    if (!isSame(builds, this.#builds)) this.#builds = builds;
  }

  /**
   * Calls back whenever builds have changed, whichever process changed them. Where another build is live now, it shows all
   * that the one before showed: who reads never goes back.
   */
  async follow(onMoved: () => Promise<void>): Promise<void> {
    const { readModel } = this.#options;
    this.#unwatch = await readModel.watchCheckpoints(({ projection }) => {
      if (projection === POINTERS) this.#ask(onMoved);
    });
    this.#ask(onMoved);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#unwatch?.();
    await this.#moves;
  }

  #ask(onMoved: () => Promise<void>): void {
    if (this.#isToRead) return;
    this.#isToRead = true;
    const { signal } = this.#stop;
    this.#moves = this.#moved(this.#moves, signal, onMoved);
  }

  async #moved(before: Promise<void>, signal: AbortSignal, onMoved: () => Promise<void>): Promise<void> {
    await before;
    if (signal.aborted) return;
    try {
      await retryUntilAborted(signal, this.#options.logger, async () => await this.#move(onMoved));
    } catch (error) {
      if (!signal.aborted) this.#options.logger.error({ error: messageOf(error) }, "builds can't be followed");
    }
  }

  async #move(onMoved: () => Promise<void>): Promise<void> {
    this.#isToRead = false;
    const builds = await this.#read();
    const before = this.#builds;
    if (isSame(builds, before) && this.#isTold) return;
    this.#isTold = false;
    for (const [id, { live }] of builds) {
      const was = before.get(id)?.live;
      if (was !== undefined && was.projection !== live.projection) await this.#untilReached(was, live);
    }
    this.#builds = builds;
    await onMoved();
    this.#isTold = true;
  }

  async #read(): Promise<ReadonlyMap<string, Builds>> {
    const all = await readAllBuilds(this.#options.readModel, { causal: true });
    return new Map(all.map((builds) => [pointerId(builds), builds]));
  }

  async #untilReached(was: Build, live: Build): Promise<void> {
    const { readModel, patienceMs = 10_000 } = this.#options;
    const { signal } = this.#stop;
    const shown = await checkpointsOf(readModel, was);
    const end = performance.now() + patienceMs;
    while (performance.now() < end && !signal.aborted) {
      if (hasReached(await checkpointsOf(readModel, live), shown, live)) return;
      await delay(LOOK_MS, undefined, { signal });
    }
  }
}

function isSame(one: ReadonlyMap<string, Builds>, other: ReadonlyMap<string, Builds>): boolean {
  return one.size === other.size && [...one].every(([id, { revision }]) => other.get(id)?.revision === revision);
}
