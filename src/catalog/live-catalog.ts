import { setTimeout as delay } from "node:timers/promises";
import { isEventQLError, messageOf } from "../errors.ts";
import type { CatalogOptions } from "./build.ts";
import { type CatalogFault, describeProblem } from "./problems.ts";
import { type CatalogState, type Reload, keepCatalog, reloadCatalog } from "./reload.ts";
import { type SchemaStanding, standingOf } from "./schema-standing.ts";
import type { GatheredSubject } from "./subjects.ts";
import type { Catalog } from "./types.ts";

/** The newest catalog, and the way to a newer one. */
export interface LiveCatalog {
  /** The one in use. */
  current(): Catalog;
  /** Of a schema that an event of the topic was written with, by the newest reading of the registry. */
  standingOf(topic: string, schemaId: number): SchemaStanding;
  /** Why parts of what the registry has aren't in the catalog, and since when. */
  faults(): readonly KnownFault[];
  /**
   * Reads the registry anew where it changed. Calls while one is under way share the next one, and readings don't follow
   * each other fast: a stream of unknown events does not become a storm on the registry. Afterwards the catalog's
   * generation is `atLeast` that, which somebody else reached: what was read after that is no older.
   * @throws EventQLError the retriable ones of what it asks; then the catalog stays as it was.
   */
  refresh(atLeast?: number): Promise<void>;
  /** Has the source look anew at what the registry had when it was read, at once. @throws as {@link refresh} does. */
  recheck(): Promise<void>;
}

/** A fault that holds. */
export interface KnownFault extends CatalogFault {
  readonly since: Date;
}

/** Where catalogs come from, and what has to be ready before one is used. */
export interface CatalogSource {
  readonly options: CatalogOptions;
  /** A text that changes with what there is to gather. */
  revision(): Promise<string>;
  gather(): Promise<readonly GatheredSubject[]>;
  /**
   * Makes ready what a catalog needs; names the topics that can't be taken over, which then keep what they had.
   * @throws EventQLError where the whole catalog can't be taken over (it is asked again if that is retriable).
   */
  accept(next: Catalog, current: Catalog): Promise<readonly TopicFault[]>;
  /** The catalog to use of one that was taken over; the same object where it is used as it is. Default: as it is. */
  inUse?(catalog: Catalog): Catalog;
  /** Whether what is in use of a topic isn't what the newest catalog has of it. Default: it is. */
  isPending?(topic: string): boolean;
  /** The registry was read: what there is now, all faults that hold, and what was read before. */
  changed(next: Catalog, before: Catalog, faults: readonly KnownFault[]): void;
  /** Whether something is refused that may be mended outside the registry: it is tried again from time to time. */
  isUnsettled(): boolean;
}

/** The fault of a topic. */
export interface TopicFault extends CatalogFault {
  readonly topic: string;
}

/** What a live catalog begins with. */
export interface FirstCatalog {
  readonly state: CatalogState;
  /** The registry's revision before it was gathered. */
  readonly revision: string;
}

/** How soon, in ms, readings follow each other. */
export interface LiveCatalogPace {
  /** Default 1,000. */
  readonly minIntervalMs?: number;
  /** How often what is unsettled is tried again though the registry hasn't changed. Default 30,000. */
  readonly recheckMs?: number;
}

/** Keeps a catalog current. */
export function createLiveCatalog(first: FirstCatalog, source: CatalogSource, pace: LiveCatalogPace = {}): LiveCatalog {
  return new RefreshedCatalog(first, source, pace);
}

class RefreshedCatalog implements LiveCatalog {
  readonly #source: CatalogSource;
  readonly #pace: Required<LiveCatalogPace>;
  #state: CatalogState;
  #inUse: Catalog;
  #isToRecheck = false;
  #read: { readonly revision: string; readonly subjects: readonly GatheredSubject[]; readonly at: number };
  #faults: readonly KnownFault[] = [];
  #isRefused = false;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor({ state, revision }: FirstCatalog, source: CatalogSource, pace: LiveCatalogPace) {
    this.#source = source;
    this.#pace = { minIntervalMs: 1_000, recheckMs: 30_000, ...pace };
    this.#state = state;
    this.#inUse = this.#toUse();
    this.#read = { revision, subjects: state.subjects, at: performance.now() };
  }

  current(): Catalog {
    return this.#inUse;
  }

  standingOf(topic: string, schemaId: number): SchemaStanding {
    const standing = standingOf(this.#state.standings, topic, schemaId);
    return standing === "taken" && this.#source.isPending?.(topic) === true ? "pending" : standing;
  }

  faults(): readonly KnownFault[] {
    return this.#faults;
  }

  async refresh(atLeast = 0): Promise<void> {
    this.#next ??= this.#begin();
    await this.#next;
    const { catalog } = this.#state;
    if (catalog.generation >= atLeast) return;
    this.#state = { ...this.#state, catalog: { ...catalog, generation: atLeast } };
    this.#inUse = this.#toUse();
  }

  async recheck(): Promise<void> {
    this.#isToRecheck = true;
    await this.#run();
  }

  #toUse(): Catalog {
    const { catalog } = this.#state;
    return this.#source.inUse?.(catalog) ?? catalog;
  }

  async #begin(): Promise<void> {
    await this.#running;
    await delay(Math.max(0, this.#last + this.#pace.minIntervalMs - performance.now()));
    this.#last = performance.now();
    this.#next = undefined;
    await this.#run();
  }

  async #run(): Promise<void> {
    const running = this.#running.then(async () => await this.#refresh());
    this.#running = running.catch(() => {});
    await running;
  }

  async #refresh(): Promise<void> {
    const isForced = this.#isToRecheck;
    this.#isToRecheck = false;
    const revision = isForced ? this.#read.revision : await this.#source.revision();
    const isSame = revision === this.#read.revision;
    const isDue = this.#isUnsettled() && performance.now() - this.#read.at >= this.#pace.recheckMs;
    if (isSame && !isDue && !isForced) return;
    const subjects = isSame ? this.#read.subjects : await this.#source.gather();
    const before = this.#state.catalog;
    const { state, faults } = await this.#takeOver(subjects);
    this.#read = { revision, subjects, at: performance.now() };
    this.#state = state;
    this.#inUse = this.#toUse();
    this.#faults = this.#dated(faults);
    this.#isRefused = faults.some(({ topic, code }) => topic !== undefined && code !== "CATALOG_INVALID");
    this.#source.changed(state.catalog, before, this.#faults);
  }

  /** Takes over what can be. A topic that is refused keeps what it had, and the rest is tried without it. */
  async #takeOver(subjects: readonly GatheredSubject[]): Promise<Outcome> {
    const current = this.#state;
    const { options } = this.#source;
    const refusals = new Map<string, TopicFault>();
    try {
      for (;;) {
        const reload = reloadCatalog(current, subjects, options, new Set(refusals.keys()));
        const refused = await this.#source.accept(reload.state.catalog, current.catalog);
        const newly = refused.filter(({ topic }) => !refusals.has(topic));
        for (const fault of newly) refusals.set(fault.topic, fault);
        if (newly.length === 0) return { state: reload.state, faults: [...faultsOf(reload), ...refusals.values()] };
      }
    } catch (error) {
      if (isEventQLError(error) && error.retriable) throw error;
      const code = isEventQLError(error) ? error.code : "INTERNAL";
      const fault = { code, topic: undefined, reason: messageOf(error) };
      return { state: keepCatalog(current, subjects, options), faults: [...refusals.values(), fault] };
    }
  }

  #isUnsettled(): boolean {
    return this.#isRefused || this.#source.isUnsettled();
  }

  #dated(faults: readonly CatalogFault[]): readonly KnownFault[] {
    return faults.map((fault) => {
      const known = this.#faults.find(({ topic, reason }) => topic === fault.topic && reason === fault.reason);
      return { ...fault, since: known?.since ?? new Date() };
    });
  }
}

interface Outcome {
  readonly state: CatalogState;
  readonly faults: readonly CatalogFault[];
}

function faultsOf({ problems }: Reload): readonly CatalogFault[] {
  return problems.map((problem) => ({
    code: "CATALOG_INVALID",
    topic: problem.topic,
    reason: describeProblem(problem),
  }));
}
