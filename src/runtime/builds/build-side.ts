import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { Aggregate } from "../../catalog/types.ts";
import { messageOf } from "../../errors.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { Beside } from "../../projector/builds/beside.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { ATTRIBUTE } from "../../telemetry/semantic-conventions.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Ports } from "../prepare.ts";
import { ApartBuilds, type ApartBuildsOptions, type ApartStatus } from "./apart-builds.ts";
import { followCopies } from "./copied-events.ts";
import { BuildKeeper, type BuildState } from "./build-keeper.ts";
import type { ProcessBuilds } from "./process-builds.ts";

/** What building beside needs. */
export interface BuildSideOptions {
  readonly ports: Ports;
  readonly builds: ProcessBuilds;
  readonly catalog: LiveCatalog;
  readonly logger: Logger;
  /** What builds are projected with that are made apart from live ones; undefined: this process projects nothing. */
  readonly projecting: Omit<ApartBuildsOptions, "builds" | "catalog" | "log"> | undefined;
  /** The name under which the stream to an intermediate topic stores how far it is. */
  readonly ownerOf: (topic: string) => string;
}

/** What a process does about builds: it follows which one is read, and makes those whose definition it has. */
export interface BuildSide {
  /** Builds that are made beside those of topics; of a projection in code, beside that. */
  beside(projection?: string): Beside;
  /** Aggregates of builds that are made apart, and of copied events. */
  apart(): readonly Aggregate[];
  /** Aggregates of all builds beside live ones, whose indexes are wanted too. */
  aggregates(): readonly Aggregate[];
  /** There may be other builds, or another catalog. */
  changed(): void;
  wake(of?: TopicPartition): void;
  /** Builds that are made apart, and their partitions. */
  status(): readonly ApartStatus[];
  /** How far builds are that are to take a live one's place, as far as this process makes them. */
  progress(): Promise<readonly BuildState[]>;
  stop(): Promise<void>;
}

/** Has the lag of builds read whenever metrics are. */
export function gaugeBuilds(metrics: Pick<Metrics, "gauge">, side: Pick<BuildSide, "progress">): void {
  metrics.gauge("buildLag", async () =>
    (await side.progress()).map(({ projection, applied, total }) => ({
      value: total - applied,
      attributes: { [ATTRIBUTE.projection]: projection },
    })),
  );
}

/** Begins to follow which builds are read, and to make those that are to be. */
export function startBuildSide(options: BuildSideOptions): BuildSide {
  const { ports, builds, catalog, logger, projecting, ownerOf } = options;
  const { log, readModel } = ports;
  const apart = projecting && new ApartBuilds({ ...projecting, builds, catalog, log });
  const areCopied = followCopies({ log, ownerOf });
  const keeper = projecting && new BuildKeeper({ readModel, log, builds, logger, areCopied });
  const failed = (error: unknown): void => logger.error({ error: messageOf(error) }, "builds can't be followed");
  const following = builds.book.follow(async () => await catalog.recheck()).catch(failed);
  apart?.update().catch(failed);
  return {
    beside: (projection) => ({ log, builds: (topic) => builds.beside(topic, catalog, projection) }),
    apart: () => apart?.aggregates() ?? [],
    aggregates: () => (projecting === undefined ? [] : builds.all().flatMap(({ aggregates }) => aggregates)),
    changed() {
      apart?.update().catch(failed);
      keeper?.changed();
    },
    wake: (of) => apart?.wake(of),
    status: () => apart?.status() ?? [],
    progress: async () => (await keeper?.progress()) ?? [],
    async stop() {
      await following;
      await builds.book.stop();
      await keeper?.stop();
      await apart?.stop();
    },
  };
}
