import type { TopicPartition } from "../../model/position.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { ProjectionNames } from "./options.ts";

/** How soon, in ms, the keys are read again. */
const FRESH_MS = 1_000;

/** What reading parked keys needs. */
export interface ParkedKeysOptions {
  readonly readModel: Pick<ReadModel, "find">;
  readonly names: Pick<ProjectionNames, "parkedKeys">;
  /** Behind whose dead letters they wait. */
  readonly projection: string;
  /** The partitions of events whose keys count. */
  readonly partitions: readonly TopicPartition[];
  /** Told of keys that were parked and aren't any more, before anybody else learns of it. */
  readonly onFreed: (keys: ParkedAt) => void;
}

/** Parked keys, and the partitions of their events. */
export type ParkedAt = ReadonlyMap<string, { readonly partition: number }>;

/** The keys whose events wait behind a dead letter: there are few, and they change only as the projection moves. */
export class ParkedKeys {
  readonly #options: ParkedKeysOptions;
  #keys: ParkedAt = new Map();
  #stale = true;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: ParkedKeysOptions) {
    this.#options = options;
  }

  /** The projection moved: there may be others. */
  stale(): void {
    this.#stale = true;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The keys as far as they are known now: what is returned doesn't change. */
  current(): ParkedAt {
    return this.#keys;
  }

  /**
   * Reads them, where they may be others: at once, if they were never read, or one of the keys would be refused by what may be
   * old; else about once in a second, and nobody waits for that, since a causal read takes as long as the store's journal.
   * @throws what the read model does, where it is waited for.
   */
  async refresh(keys: Iterable<string> = []): Promise<void> {
    if (!this.#stale) return;
    if (this.#readAt < 0 || this.#hasAny(keys)) return await this.#update();
    if (performance.now() - this.#readAt < FRESH_MS) return;
    // Where it fails they are as stale as before: the next batch tries again.
    this.#update().catch(() => {});
  }

  async #update(): Promise<void> {
    this.#stale = false;
    const begun = performance.now();
    try {
      const before = this.#keys;
      const keys = await this.#read();
      const freed = [...before].filter(([key]) => !keys.has(key));
      if (freed.length > 0) this.#options.onFreed(new Map(freed));
      this.#keys = keys;
      this.#readAt = begun;
    } catch (error) {
      this.#stale = true;
      throw error;
    }
  }

  #hasAny(keys: Iterable<string>): boolean {
    for (const key of this.#keys.size === 0 ? [] : keys) if (this.#keys.has(key)) return true;
    return false;
  }

  async #read(): Promise<ParkedAt> {
    const { readModel, names, projection, partitions } = this.#options;
    const [first] = partitions;
    const filter = {
      projection,
      topic: first?.topic,
      partition: { $in: partitions.map(({ partition }) => partition) },
    };
    const found = await readModel.find(names.parkedKeys, { filter, fields: ["key", "partition"], causal: true });
    return new Map(
      found.flatMap(({ key, partition }) =>
        typeof key === "string" && typeof partition === "number" ? [[key, { partition }] as const] : [],
      ),
    );
  }
}
