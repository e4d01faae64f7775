/** One making of the documents that a projection keeps of some topics. */
export interface Build {
  /** Of its definition: 8 hexadecimal digits. */
  readonly id: string;
  /** What its checkpoints, and what it sets aside, are stored by. The first one has the projection's own name. */
  readonly projection: string;
  /** What the names of its collections end with; the first one's are called as the catalog has it. */
  readonly suffix: string;
  /** The definition that its documents are made by, as JSON. */
  readonly definition: string;
  /** The topics that it is made of. */
  readonly topics: readonly string[];
  /** Its collections, as the catalog has them: without the suffix. */
  readonly collections: readonly string[];
  readonly since: Date;
}

/** The builds of a projection: which one is read, which one is made beside it, which one was read before. */
export interface Builds {
  /** The topic of aggregates, or the name of a projection in code. */
  readonly name: string;
  /** What the checkpoints of the first build are stored by: `aggregates`, or the name of the projection in code. */
  readonly base: string;
  readonly topics: readonly string[];
  readonly live: Build;
  /** The one that is to take its place. */
  readonly next: Build | undefined;
  /** The one that can be put back. */
  readonly previous: Build | undefined;
  /** Whether `next` takes the place of `live` as soon as it can. */
  readonly swap: "auto" | "manual";
  /** Those that are to be removed. */
  readonly abandoned?: readonly AbandonedBuild[];
  /** Grows with every change. */
  readonly revision: number;
}

/** A build that nobody reads any more, and since when. */
export interface AbandonedBuild {
  readonly build: Build;
  readonly at: Date;
}

/** How far a build is. */
export interface BuildProgress {
  /** Events of all its partitions that it has applied, or passed over. */
  readonly applied: number;
  /** Those that the log has, as of now. */
  readonly total: number;
  /** Per second, over the last seconds; undefined: not known yet. */
  readonly rate: number | undefined;
  /** Seconds until it is caught up, at that rate; undefined: not known. */
  readonly etaSeconds: number | undefined;
  /** Whether it holds the same checkpoints as the live one, and moves with it. */
  readonly joined: boolean;
}

/** A document that two builds have otherwise. */
export interface DocumentDifference {
  /** The collection as the catalog has it. */
  readonly collection: string;
  readonly id: string;
  /** Columns whose values differ; of one that only one build has, none. */
  readonly columns: readonly string[];
  readonly only: "live" | "next" | undefined;
}

/** How the live build's documents and the next one's compare, `_meta` left out. */
export interface Comparison {
  readonly equal: number;
  readonly different: number;
  readonly onlyLive: number;
  readonly onlyNext: number;
  /** Some of those that differ, by their ids. */
  readonly samples: readonly DocumentDifference[];
}

/** A projection and its builds, as administrators see them. */
export interface ProjectionState {
  readonly builds: Builds;
  readonly live: BuildProgress;
  readonly next: BuildProgress | undefined;
  /** Whether anybody applies new events to the live build; false: it stays as it is until the next one takes its place. */
  readonly isFollowed: boolean;
}

/** How builds are compared. */
export interface CompareOptions {
  /** At most so many differences are told one by one. */
  readonly samples: number;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told from time to time how many documents were looked at. */
  readonly onProgress?: ((compared: number) => void) | undefined;
}

/** What administrators may do with projections. Names are those of {@link Builds}. */
export interface ProjectionAdministration {
  list(): Promise<readonly ProjectionState[]>;
  /**
   * Begins a new build of the same definition, beside the live one. `swap`: whether it takes that one's place as soon as it
   * can; default: as the process is configured.
   */
  rebuild(name: string, options?: { readonly swap?: Builds["swap"] | undefined }): Promise<ProjectionState>;
  /** @throws EventQLError `NOT_READY` where the next build isn't as far as the live one. */
  swap(name: string): Promise<ProjectionState>;
  /** Puts the previous build back; the live one becomes the previous one. */
  restore(name: string): Promise<ProjectionState>;
  /** Ends the next build, or where there is none the previous one, and removes its documents. */
  discard(name: string): Promise<ProjectionState>;
  /**
   * Compares the documents of the live build and the next one; where there is none, of the live one and the previous one,
   * which is then the one that is called the next.
   * @throws EventQLError `NOT_READY` where there is but one build.
   */
  compare(name: string, options: CompareOptions): Promise<Comparison>;
}
