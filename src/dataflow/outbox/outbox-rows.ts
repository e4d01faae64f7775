import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Filter, ReadModel } from "../../read-model/read-model.ts";
import {
  type Chunk,
  type ChunkPlace,
  OUTBOX,
  type OutboxPlace,
  type StoredPart,
  chunksOf,
  ofPlace,
  publishedCheckpoint,
  readPart,
  storedBetween,
} from "./outbox.ts";

/** How many documents are read at once: about 16 MiB of outputs. */
const PAGE = 16;

/** Of how many published documents the removal begins, and how long, in ms, others wait for it at the most. */
const REMOVED_TOGETHER = 64;
const REMOVAL_MS = 1_000;

/** What the rows of one partition need. */
export interface OutboxRowsOptions {
  readonly readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">;
  readonly place: OutboxPlace;
  /** Of the input topic. */
  readonly partitions: number;
}

/** The rows of one partition in the outbox, for the one who publishes them. */
export class OutboxRows {
  readonly #options: OutboxRowsOptions;
  /** Where the removals stand in the read model. */
  #checkpoint: Checkpoint | undefined;
  /** Published, and not removed yet. */
  #done = new Set<string>();
  #next = 0;
  #since = 0;
  /** Whether there are late ones among them. */
  #lateDone = false;

  constructor(options: OutboxRowsOptions) {
    this.#options = options;
  }

  /** Up to where outputs were published, as far as that was stored here: the log may know better. */
  async published(): Promise<number> {
    const { readModel, place, partitions } = this.#options;
    const { topic, partition } = place.of;
    const start = {
      topic,
      partition,
      projection: publishedCheckpoint(place.projection),
      next: 0,
      generation: 0,
      partitions,
    };
    this.#checkpoint = await readModel.openCheckpoint(start);
    return this.#checkpoint.next;
  }

  /** The first chunks behind the position `from`, and late ones, whole, up to `until`. */
  async read(from: number, until: ChunkPlace): Promise<readonly Chunk[]> {
    await this.#removeLate();
    const page = await this.#find(storedBetween(this.#options.place, from, until), PAGE);
    const last = page.at(-1)?.place;
    if (page.length < PAGE || last === undefined) return chunksOf(page);
    // The page may have cut the last one.
    const whole = page.filter(({ place }) => place.next !== last.next || place.late !== last.late);
    return chunksOf(whole.length > 0 ? whole : await this.#find({ ...ofPlace(this.#options.place), ...last }));
  }

  /** Whoever published up to `next` may not have come to the removal. */
  async findPublished(next: number): Promise<void> {
    const { readModel, place } = this.#options;
    const filter = { ...ofPlace(place), next: { $lte: next }, late: 0 };
    const found = await readModel.find(OUTBOX, { filter, fields: [] });
    for (const { _id } of found) this.#done.add(_id);
    this.#next = next;
    this.#since = performance.now();
  }

  /** Chunks were published, which end at `next`. */
  publishedUpTo(next: number, chunks: readonly Chunk[]): void {
    if (this.#done.size === 0) this.#since = performance.now();
    for (const { ids, late } of chunks) {
      for (const id of ids) this.#done.add(id);
      this.#lateDone ||= late > 0;
    }
    this.#next = next;
  }

  /** Whether there is something to remove. */
  get isDue(): boolean {
    const { size } = this.#done;
    return size >= REMOVED_TOGETHER || (size > 0 && performance.now() - this.#since > REMOVAL_MS);
  }

  /** In how many ms something is to be removed; undefined: there is nothing. */
  get dueMs(): number | undefined {
    return this.#done.size === 0 ? undefined : Math.max(0, this.#since + REMOVAL_MS - performance.now());
  }

  /** Removes what is published. What fails is removed the next time. @throws what the read model does. */
  async remove(): Promise<void> {
    const done = this.#done;
    if (done.size === 0) return;
    this.#since = performance.now();
    if (this.#checkpoint === undefined) await this.published();
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined) return;
    this.#done = new Set();
    const writes = [{ collection: OUTBOX, inserts: [], replacements: [], deletions: [...done] }];
    const moved = { ...checkpoint, next: Math.max(checkpoint.next, this.#next) };
    try {
      const { status } = await this.#options.readModel.commit({ checkpoint: moved, from: checkpoint.next, writes });
      if (status === "committed") this.#checkpoint = moved;
      // Another process has moved it: it publishes now, or did before this one.
      else this.#left(done);
    } catch (error) {
      this.#left(done);
      throw error;
    }
  }

  #left(done: ReadonlySet<string>): void {
    for (const id of done) this.#done.add(id);
    this.#checkpoint = undefined;
  }

  /** Nothing but their absence tells that late ones are published. */
  async #removeLate(): Promise<void> {
    if (this.#lateDone) await this.remove();
    this.#lateDone = false;
  }

  async #find(filter: Filter, limit?: number): Promise<readonly StoredPart[]> {
    const sort = { next: 1, late: 1, part: 1 } as const;
    const found = await this.#options.readModel.find(OUTBOX, { filter, sort, ...(limit && { limit }) });
    return found.flatMap((document) => readPart(document) ?? []);
  }
}
