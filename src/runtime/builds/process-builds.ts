import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { type EventQLError, isEventQLError } from "../../errors.ts";
import type { Build, Builds } from "../../model/builds.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";
import type { BesideBuild } from "../../projector/builds/beside.ts";
import { pointerId } from "../../projector/builds/build-key.ts";
import { type CatalogDefinition, definitionsOf } from "../../projector/builds/definitions-of.ts";
import { aggregatesOf, catalogInUse, makerOf } from "../../projector/builds/in-use.ts";
import { readBuilds } from "../../projector/builds/stored-builds.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { BuildBook } from "./build-book.ts";
import type { KnownDefinitions, NewestCatalog } from "./known-definitions.ts";
import { projectionChanged } from "./settle-builds.ts";

/** A projection that a process has in its catalog and whose live build another definition makes, which it hasn't. */
export interface ChangedProjection {
  readonly of: CatalogDefinition;
  readonly error: EventQLError;
}

/** A build, and the identifier of its projection's pointer. */
export interface PlacedBuild {
  readonly id: string;
  readonly name: string;
  readonly build: Build;
  readonly aggregates: readonly Aggregate[];
}

/** The catalog that was last used of another one, by what was known of builds. */
interface Used {
  readonly of: Catalog;
  readonly book: ReadonlyMap<string, Builds>;
  readonly catalog: Catalog;
  readonly isCurrent: boolean;
}

/** What a process does about builds, by what it was told of them and the definitions that it has. */
export class ProcessBuilds {
  readonly book: BuildBook;
  readonly known: KnownDefinitions;
  readonly #readModel: Pick<ReadModel, "find">;
  #pending: ReadonlySet<string> = new Set();
  #newest: { readonly catalog: Catalog; readonly definitions: ReadonlyMap<string, CatalogDefinition> } | undefined;
  #used: Used | undefined;

  constructor(book: BuildBook, known: KnownDefinitions, readModel: Pick<ReadModel, "find">) {
    this.book = book;
    this.known = known;
    this.#readModel = readModel;
  }

  /** The catalog is the newest. */
  offer(catalog: Catalog): void {
    const builds = this.book.current();
    this.known.offer(catalog, builds);
    const pending = [...builds].filter(([id, { live }]) => {
      const known = this.known.of(id);
      const maker = makerOf(known, live);
      return maker !== undefined && maker !== known[0];
    });
    this.#pending = new Set(pending.flatMap(([, { live }]) => live.topics));
    if (this.#used !== undefined) this.#used = { ...this.#used, isCurrent: false };
  }

  /**
   * The catalog to use of one, as builds stand: the same object for the same of both. Where there can't be an API of it, the
   * catalog's own definitions are used.
   */
  inUse(catalog: Catalog, checkApi: (catalog: Catalog) => void): Catalog {
    const book = this.book.current();
    if (this.#used?.isCurrent === true && this.#used.of === catalog && this.#used.book === book)
      return this.#used.catalog;
    const options = { builds: book, known: (id: string) => this.known.of(id) };
    let used = catalogInUse(catalog, options);
    try {
      if (used !== catalog) checkApi(used);
    } catch (error) {
      if (!isEventQLError(error, "CATALOG_INVALID")) throw error;
      used = catalogInUse(catalog, { builds: book, known: () => [] });
    }
    const before = this.#used?.catalog.aggregates ?? [];
    const isSame = before.length === used.aggregates.length && used.aggregates.every((each, i) => each === before[i]);
    // What is the same stays the same objects: nobody begins anew for nothing.
    if (isSame && used !== catalog) used = { ...used, aggregates: before };
    this.#used = { of: catalog, book, catalog: used, isCurrent: true };
    return used;
  }

  /** The projections of a catalog that this process can't go on with: nobody here knows how their live build is made. */
  changed(catalog: Catalog): readonly ChangedProjection[] {
    return [...this.#definitionsOf(catalog)].flatMap(([id, of]) => {
      const builds = this.book.current().get(id);
      if (builds === undefined || makerOf(this.known.of(id), builds.live) !== undefined) return [];
      return [{ of, error: projectionChanged(of, builds) }];
    });
  }

  /** Whether this process has the definition that makes a projection's live build. */
  follows(builds: Builds): boolean {
    return makerOf(this.known.of(pointerId(builds)), builds.live) !== undefined;
  }

  /** Whether a topic's events that only the newest definition can read have to wait: another one is in use. */
  isPending(topic: string): boolean {
    return this.#pending.has(topic);
  }

  /** Builds that are made beside the live one, which this process makes too. */
  beside(topic: string, catalog: NewestCatalog, base?: string): readonly BesideBuild[] {
    return this.#placed((maker) => maker)
      .filter(({ builds, build }) => build.topics.includes(topic) && builds.live.topics.includes(topic))
      .filter(({ builds }) => (base === undefined ? builds.base === AGGREGATES : builds.base === base))
      .map(({ id, build }) => this.#besideOf(id, build, catalog));
  }

  /** Builds that this process makes alone: nobody here knows how the live one is made, or it is of other topics. */
  alone(): readonly PlacedBuild[] {
    const unknown = this.#placed((maker) => !maker);
    const elsewhere = this.#placed((maker) => maker).filter(({ builds, build }) =>
      build.topics.some((topic) => !builds.live.topics.includes(topic)),
    );
    return [...unknown, ...elsewhere];
  }

  /** All builds beside live ones whose definition this process has. */
  all(): readonly PlacedBuild[] {
    return this.#placed(() => true);
  }

  /** Whether there still is a build, as the read model has it now. */
  async isWanted(id: string, build: Build): Promise<boolean> {
    const builds = this.book.current().get(id);
    const now = builds && (await readBuilds(this.#readModel, builds));
    return [now?.live, now?.next, now?.previous].some((each) => each?.projection === build.projection);
  }

  #placed(isMeant: (isLiveKnown: boolean) => boolean): readonly (PlacedBuild & { readonly builds: Builds })[] {
    return [...this.book.current()].flatMap(([id, builds]) => {
      const known = this.known.of(id);
      if (!isMeant(makerOf(known, builds.live) !== undefined)) return [];
      return [builds.next, builds.previous].flatMap((build) => {
        const maker = makerOf(known, build);
        if (build === undefined || maker === undefined) return [];
        const aggregates = aggregatesOf(maker.of.aggregates, build);
        return [{ id, name: builds.name, build, aggregates, builds }];
      });
    });
  }

  #besideOf(id: string, build: Build, catalog: NewestCatalog): BesideBuild {
    return {
      id: build.id,
      services: this.known.servicesOf(id, build, catalog),
      isWanted: async () => await this.isWanted(id, build),
    };
  }

  #definitionsOf(catalog: Catalog): ReadonlyMap<string, CatalogDefinition> {
    if (this.#newest?.catalog !== catalog) this.#newest = { catalog, definitions: definitionsOf(catalog) };
    return this.#newest.definitions;
  }
}
