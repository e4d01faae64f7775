import type { TopicPartition } from "../../model/position.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { ProjectionNames } from "./options.ts";

/** How soon, in ms, the keys are read again. */
const FRESH_MS = 1_000;

/** What reading parked keys needs. */
export interface ParkedKeysOptions {
  readonly readModel: Pick<ReadModel, "find">;
  readonly names: Pick<ProjectionNames, "projection" | "parkedKeys">;
  /** The partitions of events whose keys count. */
  readonly partitions: readonly TopicPartition[];
}

/** The keys whose events wait behind a dead letter: there are few, and they change only as the projection moves. */
export class ParkedKeys {
  readonly #options: ParkedKeysOptions;
  #keys: ReadonlySet<string> = new Set();
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
      this.#keys = await this.#read();
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

  async #read(): Promise<ReadonlySet<string>> {
    const { readModel, names, partitions } = this.#options;
    const [first] = partitions;
    const filter = {
      projection: names.projection,
      topic: first?.topic,
      partition: { $in: partitions.map(({ partition }) => partition) },
    };
    const found = await readModel.find(names.parkedKeys, { filter, fields: ["key"], causal: true });
    return new Set(found.flatMap(({ key }) => (typeof key === "string" ? [key] : [])));
  }
}
