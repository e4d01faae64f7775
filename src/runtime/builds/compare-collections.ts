import { setTimeout as delay } from "node:timers/promises";
import type { Comparison, DocumentDifference } from "../../model/builds.ts";
import type { ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import { differingColumns, type Pair, pairsOf } from "./differences.ts";

/** Two collections of the same documents. */
export interface ComparedCollections {
  /** As the catalog has it. */
  readonly collection: string;
  readonly live: string;
  readonly next: string;
  /** What columns are called in samples, by their names in documents: others aren't named. */
  readonly shown: ReadonlyMap<string, string>;
}

/** How collections are compared. */
export interface CompareOptions {
  readonly readModel: Pick<ReadModel, "snapshot" | "find">;
  /** At most so many differences are told one by one. */
  readonly samples: number;
  readonly signal: AbortSignal;
  /** Told from time to time how many ids were looked at. */
  readonly onProgress?: ((compared: number) => void) | undefined;
  /** Documents that are read as of one moment: a store keeps that for some minutes only. Default 100,000. */
  readonly perSnapshot?: number;
}

/** Differing documents that are read again together. */
const SUSPECTS = 200;

/** How often documents are read again that change while they are compared, and ms between. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

/** Ids between two calls of `onProgress`. */
const PROGRESS_STEP = 1_000;

/**
 * Compares documents of two builds in the order of their ids, a few at a time in memory. Events may be applied meanwhile:
 * what seems to differ is read again until neither has changed between.
 * @throws EventQLError `READ_MODEL_UNAVAILABLE`; the signal's reason.
 */
export async function compareCollections(
  compared: readonly ComparedCollections[],
  options: CompareOptions,
): Promise<Comparison> {
  const tally = new Tally(options);
  for (const collections of compared) await compareOne(collections, options, tally);
  return tally.comparison();
}

async function compareOne(collections: ComparedCollections, options: CompareOptions, tally: Tally): Promise<void> {
  const { signal } = options;
  const suspects: string[] = [];
  const settle = async (): Promise<void> => {
    const pairs = await settled(collections, suspects.splice(0), options);
    for (const pair of pairs) tally.add(collections, pair);
  };
  for await (const pair of pairsOf(documentsOf(collections.live, options), documentsOf(collections.next, options))) {
    signal.throwIfAborted();
    tally.looked();
    if (isSame(pair)) tally.equal++;
    else suspects.push(pair.id);
    if (suspects.length >= SUSPECTS) await settle();
  }
  signal.throwIfAborted();
  await settle();
}

function isSame({ live, next }: Pair): boolean {
  return live !== undefined && next !== undefined && differingColumns(live, next).length === 0;
}

/** All documents in the order of their ids, those of one snapshot after those of another. */
async function* documentsOf(
  collection: string,
  { readModel, signal, perSnapshot = 100_000 }: CompareOptions,
): AsyncGenerator<StoredDocument, void> {
  let after: string | undefined;
  for (let count = perSnapshot; count === perSnapshot;) {
    count = 0;
    const over = new AbortController();
    const filter = after === undefined ? {} : { _id: { $gt: after } };
    const ending = { filter, signal: AbortSignal.any([signal, over.signal]) };
    try {
      const { documents } = await readModel.snapshot(collection, ending);
      for await (const document of documents) {
        after = document._id;
        yield document;
        if (++count === perSnapshot) break;
      }
    } finally {
      over.abort();
    }
  }
}

/** What stands under ids in both, read so that nothing was committed to them between. */
async function settled(
  { live, next }: ComparedCollections,
  ids: readonly string[],
  { readModel, signal }: CompareOptions,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  let left = ids;
  for (let attempt = 1; left.length > 0; attempt++) {
    const read = async (collection: string): Promise<ReadonlyMap<string, StoredDocument>> => {
      const found = await readModel.find(collection, { filter: { _id: { $in: left } }, timeoutMs: 30_000 });
      return new Map(found.map((document) => [document._id, document]));
    };
    const before = await read(live);
    const beside = await read(next);
    const after = await read(live);
    const isStill = (id: string): boolean => isUnchanged(before.get(id), after.get(id));
    const done = attempt === ATTEMPTS ? left : left.filter(isStill);
    pairs.push(...done.map((id) => ({ id, live: after.get(id), next: beside.get(id) })));
    left = left.filter((id) => !done.includes(id));
    if (left.length > 0) await delay(PAUSE_MS, undefined, { signal });
  }
  return pairs;
}

/** Whatever is applied to a document moves its `_meta`. */
function isUnchanged(before: StoredDocument | undefined, after: StoredDocument | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return differingColumns({ _id: "", meta: before["_meta"] }, { _id: "", meta: after["_meta"] }).length === 0;
}

/** Counts what is found. */
class Tally {
  equal = 0;
  readonly #options: CompareOptions;
  readonly #samples: DocumentDifference[] = [];
  #different = 0;
  #onlyLive = 0;
  #onlyNext = 0;
  #looked = 0;

  constructor(options: CompareOptions) {
    this.#options = options;
  }

  looked(): void {
    this.#looked++;
    if (this.#looked % PROGRESS_STEP === 0) this.#options.onProgress?.(this.#looked);
  }

  add({ collection, shown }: ComparedCollections, { id, live, next }: Pair): void {
    // Deleted from both by now.
    if (live === undefined && next === undefined) return;
    const columns = live === undefined || next === undefined ? [] : differingColumns(live, next);
    const only = live === undefined ? "next" : next === undefined ? "live" : undefined;
    if (only === undefined && columns.length === 0) this.equal++;
    else if (only === undefined) this.#different++;
    else if (only === "live") this.#onlyLive++;
    else this.#onlyNext++;
    if (only === undefined && columns.length === 0) return;
    if (this.#samples.length >= this.#options.samples) return;
    this.#samples.push({ collection, id, columns: columns.flatMap((name) => shown.get(name) ?? []), only });
  }

  comparison(): Comparison {
    this.#options.onProgress?.(this.#looked);
    const [different, onlyLive, onlyNext] = [this.#different, this.#onlyLive, this.#onlyNext];
    return { equal: this.equal, different, onlyLive, onlyNext, samples: this.#samples };
  }
}
