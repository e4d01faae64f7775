import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Build, Builds, ProjectionAdministration, ProjectionState } from "../../model/builds.ts";
import { namedProjection } from "../../model/named-projection.ts";
import { collectionOf } from "../../projector/builds/build-key.ts";
import { createProgressMeter } from "../../projector/builds/build-progress.ts";
import type { BuildStore } from "../../projector/builds/change-builds.ts";
import { beginBuild, discardBuild, restoreBuild, swapBuilds } from "../../projector/builds/manage-builds.ts";
import { readAllBuilds } from "../../projector/builds/stored-builds.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { compareCollections } from "./compare-collections.ts";

/** What the administration of projections is made of. */
export interface AdministrationOptions {
  readonly readModel: BuildStore & Pick<ReadModel, "snapshot">;
  readonly log: Pick<EventLog, "offsets">;
  readonly catalog: { current(): Pick<Catalog, "aggregates"> };
  /** Whether builds that are begun by hand take the live one's place by themselves, where nothing else is said. */
  readonly swap: Builds["swap"];
  /** Whether this process, if it projects, applies new events to the live build: others are known by what they do. */
  readonly isFollowed: (builds: Builds) => boolean;
  readonly logger: Logger;
}

/** Makes what administrators do with projections: all of it is written to the read model, from where every process knows. */
export function createProjectionAdministration(options: AdministrationOptions): ProjectionAdministration {
  return new StoredProjections(options);
}

class StoredProjections implements ProjectionAdministration {
  readonly #options: AdministrationOptions;
  readonly #meter: ReturnType<typeof createProgressMeter>;

  constructor(options: AdministrationOptions) {
    this.#options = options;
    this.#meter = createProgressMeter(options);
  }

  async list(): Promise<readonly ProjectionState[]> {
    const all = await readAllBuilds(this.#options.readModel, { causal: true });
    return await Promise.all(all.map(async (builds) => await this.#stateOf(builds)));
  }

  async rebuild(
    name: string,
    { swap = this.#options.swap }: { swap?: Builds["swap"] | undefined } = {},
  ): Promise<ProjectionState> {
    return await this.#change(
      "rebuild",
      name,
      async (readModel, builds) => await beginBuild(readModel, builds, { swap }),
    );
  }

  async swap(name: string): Promise<ProjectionState> {
    return await this.#change("swap", name, swapBuilds);
  }

  async restore(name: string): Promise<ProjectionState> {
    return await this.#change("restore", name, restoreBuild);
  }

  async discard(name: string): Promise<ProjectionState> {
    return await this.#change("discard", name, discardBuild);
  }

  async compare(
    name: string,
    {
      samples,
      signal = new AbortController().signal,
      onProgress = () => {},
    }: Parameters<ProjectionAdministration["compare"]>[1],
  ): ReturnType<ProjectionAdministration["compare"]> {
    const { readModel, catalog } = this.#options;
    const { live, next, previous } = await this.#buildsOf(name);
    const other = next ?? previous;
    if (other === undefined)
      throw new EventQLError(
        "NOT_READY",
        `Of ${name} there is the live build alone: there is nothing to compare it with.`,
      );
    const { aggregates } = catalog.current();
    const compared = [...new Set([...live.collections, ...other.collections])].map((collection) => ({
      collection,
      live: collectionOf(collection, live),
      next: collectionOf(collection, other),
      shown: shownColumns(aggregates, collection, [live, other]),
    }));
    return await compareCollections(compared, { readModel, samples, signal, onProgress });
  }

  async #change(
    what: string,
    name: string,
    change: (readModel: BuildStore, builds: Builds) => Promise<Builds>,
  ): Promise<ProjectionState> {
    const { readModel, logger } = this.#options;
    const builds = await change(readModel, await this.#buildsOf(name));
    const { live, next, previous } = builds;
    logger.info(
      { projection: name, change: what, live: live.id, next: next?.id, previous: previous?.id },
      "the builds of a projection were changed",
    );
    return await this.#stateOf(builds);
  }

  async #buildsOf(name: string): Promise<Builds> {
    return namedProjection(await readAllBuilds(this.#options.readModel, { causal: true }), name, (builds) => builds);
  }

  async #stateOf(builds: Builds): Promise<ProjectionState> {
    const { live, next } = builds;
    const progress = await this.#meter.of(live);
    return {
      builds,
      live: progress,
      next: next && (await this.#meter.of(next, live)),
      isFollowed: this.#options.isFollowed(builds) || (progress.rate ?? 0) > 0,
    };
  }
}

/** What columns of a collection are called in GraphQL, those that are shown, by their names in documents. */
function shownColumns(
  aggregates: readonly Aggregate[],
  collection: string,
  builds: readonly Build[],
): ReadonlyMap<string, string> {
  const names = new Set([collection, ...builds.map((build) => collectionOf(collection, build))]);
  const columns = aggregates
    .filter((aggregate) => names.has(aggregate.collection))
    .flatMap((aggregate) => aggregate.columns);
  return new Map(columns.filter(({ hidden }) => !hidden).map(({ name, graphqlName }) => [name, graphqlName]));
}
