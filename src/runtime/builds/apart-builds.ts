import type { Aggregate } from "../../catalog/types.ts";
import type { PartitionStatus } from "../../projector/partition-status.ts";
import type { ProjectorOptions } from "../../projector/projector.ts";
import { type Supervisor, type SupervisorOptions, superviseProjector } from "../../projector/supervisor.ts";
import { createIntermediateTopics } from "../projections/intermediate-topics.ts";
import type { NewestCatalog } from "./known-definitions.ts";
import type { PlacedBuild, ProcessBuilds } from "./process-builds.ts";

/** What builds are projected with that are made apart from the live ones. */
export interface ApartBuildsOptions extends Omit<
  ProjectorOptions,
  "log" | "group" | "projections" | "codec" | "refold"
> {
  readonly log: SupervisorOptions["log"] & Parameters<typeof createIntermediateTopics>[0];
  /** What the names of consumer groups begin with. */
  readonly groupPrefix: string;
  readonly builds: ProcessBuilds;
  readonly catalog: NewestCatalog;
  /** The projections that this process runs alone; undefined: it runs all. */
  readonly only: readonly string[] | undefined;
}

/** The partitions of a build. */
export interface ApartStatus {
  readonly build: string;
  readonly partitions: readonly PartitionStatus[];
}

/**
 * Projects builds whose live build nobody here knows how to make, each in a consumer group of its own: other processes may
 * go on with that one.
 */
export class ApartBuilds {
  readonly #options: ApartBuildsOptions;
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #ending = new Map<string, Promise<void>>();
  #isStopped = false;

  constructor(options: ApartBuildsOptions) {
    this.#options = options;
  }

  /** Begins those that are new, and ends those that aren't made here any more; resolves when these have ended. */
  async update(): Promise<void> {
    const wanted = new Map(this.#isStopped ? [] : this.#alone().map((placed) => [placed.build.projection, placed]));
    for (const [name, supervisor] of this.#supervisors) {
      if (wanted.has(name)) continue;
      this.#supervisors.delete(name);
      const ended = supervisor.stop().finally(() => this.#ending.delete(name));
      this.#ending.set(name, ended);
    }
    await Promise.all(this.#ending.values());
    for (const [name, placed] of wanted)
      if (!this.#supervisors.has(name) && !this.#isStopped) this.#supervisors.set(name, this.#supervise(placed));
  }

  /** The aggregates that are made of copied events. */
  aggregates(): readonly Aggregate[] {
    return this.#alone().flatMap(({ aggregates }) => aggregates.filter(({ projected }) => projected));
  }

  wake(of?: Parameters<Supervisor["wake"]>[0]): void {
    for (const supervisor of this.#supervisors.values()) supervisor.wake(of);
  }

  status(): readonly ApartStatus[] {
    return [...this.#supervisors].map(([build, supervisor]) => ({ build, partitions: supervisor.status() }));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.update();
  }

  #alone(): readonly PlacedBuild[] {
    const { builds, only } = this.#options;
    return builds.alone().filter(({ name }) => only?.includes(name) ?? true);
  }

  #supervise({ id, name, build, aggregates }: PlacedBuild): Supervisor {
    const { log, groupPrefix, builds, only: _only, ...shared } = this.#options;
    const services = builds.known.servicesOf(id, build, shared.catalog);
    return superviseProjector({
      ...shared,
      ...services,
      logger: shared.logger.child({ projection: name, build: build.id }),
      log: {
        consume: log.consume.bind(log),
        describeTopics: async (topics) => {
          await createIntermediateTopics(log, aggregates);
          return (await builds.isWanted(id, build)) ? await log.describeTopics(topics) : [];
        },
      },
      marksEnd: true,
      group: `${groupPrefix}-projector-${build.id}`,
      projections: () => new Map([[services.projection().topic, services.projection()]]),
      topics: () => build.topics,
    });
  }
}
